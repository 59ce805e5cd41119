/**
 * <vigil-chart data-kind="accrual|funnel|sites|ages" data-src="/api/v1/…" [data-path="accrual"] | data-json-id="id">
 *
 * Draws figures that also stand beside it as a table. Shapes of the figures: charts/options.ts. No inline style is
 * written into markup and tooltips are drawn as SVG text, so the content security policy has nothing to object to.
 */

import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent, TooltipComponent } from "echarts/components";
import { type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { accrualOption, type Accrual, agesOption, type Ages, funnelOption, type Funnel, sitesOption, type Sites } from "./charts/options";
import { type Palette, paletteOf } from "./charts/palette";
import { define, el } from "./parts/dom";

use([BarChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, LabelLayout, SVGRenderer]);

const asked = new Map<string, Promise<unknown>>();

/** Several charts of one page share one answer. */
function ask(url: string): Promise<unknown> {
  const found = asked.get(url);
  if (found) return found;
  const answer = fetch(new URL(url, location.origin), { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15_000) }).then(
    (response) => {
      if (!response.ok) throw new Error(`The server answered ${response.status}`);
      return response.json() as Promise<unknown>;
    },
  );
  asked.set(url, answer);
  answer.catch(() => asked.delete(url));
  return answer;
}

function optionOf(kind: string | undefined, data: unknown, palette: Palette, still: boolean): EChartsCoreOption | null {
  switch (kind) {
    case "accrual":
      return accrualOption(data as Accrual, palette, still);
    case "funnel":
      return funnelOption(data as Funnel, palette, still);
    case "sites":
      return sitesOption(data as Sites, palette, still);
    case "ages":
      return agesOption(data as Ages, palette, still);
    default:
      return null;
  }
}

class VigilChart extends HTMLElement {
  #chart: ECharts | undefined;
  #data: unknown;
  #resized: ResizeObserver | undefined;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #draw = (): void => this.#show();

  connectedCallback(): void {
    document.addEventListener("vigil:theme", this.#draw);
    this.#dark.addEventListener("change", this.#draw);
    void this.#load();
  }

  disconnectedCallback(): void {
    document.removeEventListener("vigil:theme", this.#draw);
    this.#dark.removeEventListener("change", this.#draw);
    this.#resized?.disconnect();
    this.#chart?.dispose();
    this.#chart = undefined;
  }

  async #load(): Promise<void> {
    const { src, jsonId, path } = this.dataset;
    try {
      let found: unknown = jsonId ? JSON.parse(document.getElementById(jsonId)?.textContent ?? "null") : src ? await ask(src) : null;
      for (const key of path?.split(".") ?? []) found = (found as Record<string, unknown> | null)?.[key];
      if (found == null) throw new Error("There are no figures yet");
      this.#data = found;
      this.#show();
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown";
      this.replaceChildren(el("p", { class: "chart-note", role: "status" }, `The chart could not be drawn (${why}). The table below has the figures.`));
    }
  }

  #show(): void {
    if (this.#data == null) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || navigator.webdriver;
    const option = optionOf(this.dataset["kind"], this.#data, paletteOf(this), still);
    if (!option) return;
    const label = this.getAttribute("aria-label");
    if (!this.#chart) {
      this.#chart = init(this, undefined, { renderer: "svg" });
      this.#resized = new ResizeObserver(() => this.#chart?.resize());
      this.#resized.observe(this);
    }
    this.#chart.setOption(option, true);
    if (label) this.setAttribute("aria-label", label); // ECharts writes its own; the page's sentence is better.
  }
}

define("vigil-chart", VigilChart);
