/** What each kind of chart looks like, from plain figures. Pure: figures and a palette in, ECharts' option out. */

import type { EChartsCoreOption } from "echarts/core";
import type { Palette } from "./palette";

type Point = [string, number];

export interface Accrual {
  /** Randomized so far, cumulative, one point a day or week: [date, n]. */
  actual: Point[];
  /** The plan, cumulative. */
  target: Point[];
  /** Forecast band, cumulative: [date, low, high]. */
  forecast?: [string, number, number][];
  goal?: number;
}

export interface Funnel {
  /** From screened to randomized. n null: fewer than shown, suppressed. */
  steps: { label: string; n: number | null; note?: string }[];
}

export interface Sites {
  sites: { label: string; n: number; value: number }[];
  /** Overall value and its control limits along n: [n, low, high]. */
  center: number;
  limits?: [number, number, number][];
  x_label: string;
  y_label: string;
}

export interface Ages {
  groups: string[];
  bands: { label: string; values: (number | null)[] }[];
}

/** ECharts escapes nothing in richText tooltips and needs nothing escaped: they are drawn, not parsed. */
function base(palette: Palette, still: boolean): EChartsCoreOption {
  return {
    animation: !still,
    animationDuration: 250,
    aria: { enabled: true, decal: { show: false } },
    textStyle: { fontFamily: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif", color: palette.ink },
    grid: { left: 8, right: 20, top: 40, bottom: 8, containLabel: true },
    tooltip: {
      renderMode: "richText",
      trigger: "axis",
      backgroundColor: palette.surface,
      borderColor: palette.lineStrong,
      borderWidth: 1,
      textStyle: { color: palette.ink, fontSize: 13 },
      axisPointer: { lineStyle: { color: palette.lineStrong } },
    },
    legend: { top: 0, left: 0, itemWidth: 22, itemHeight: 10, textStyle: { color: palette.ink2, fontSize: 13 } },
  };
}

function axis(palette: Palette, more: object): object {
  return {
    axisLine: { lineStyle: { color: palette.lineStrong } },
    axisTick: { show: false },
    axisLabel: { color: palette.ink2, fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: palette.line } },
    nameTextStyle: { color: palette.ink2, fontSize: 12 },
    ...more,
  };
}

export function accrualOption(data: Accrual, palette: Palette, still: boolean): EChartsCoreOption {
  const band = data.forecast ?? [];
  const hidden = { type: "line", stack: "band", symbol: "none", lineStyle: { opacity: 0 }, tooltip: { show: false }, silent: true };
  const last = data.actual.at(-1);
  return {
    ...base(palette, still),
    legend: { ...(base(palette, still)["legend"] as object), data: ["Randomized", "Target", ...(band.length ? ["Forecast"] : [])] },
    xAxis: axis(palette, { type: "time", splitLine: { show: false } }),
    yAxis: axis(palette, { type: "value", minInterval: 1, max: data.goal ? Math.ceil((data.goal * 1.08) / 10) * 10 : null }),
    series: [
      { ...hidden, name: "low", data: band.map(([day, low]) => [day, low]) },
      {
        ...hidden,
        name: "Forecast",
        data: band.map(([day, low, high]) => [day, high - low]),
        areaStyle: { color: palette.accent, opacity: 0.16 },
        itemStyle: { color: palette.accent, opacity: 0.3 },
      },
      {
        name: "Target",
        type: "line",
        symbol: "none",
        data: data.target,
        lineStyle: { color: palette.neutral, type: "dashed", width: 2 },
        itemStyle: { color: palette.neutral },
      },
      {
        name: "Randomized",
        type: "line",
        step: "end",
        symbol: "none",
        data: data.actual,
        lineStyle: { color: palette.accent, width: 2.5 },
        itemStyle: { color: palette.accent },
        ...(last && {
          markPoint: {
            symbol: "circle",
            symbolSize: 9,
            label: { show: true, position: "top", color: palette.ink, fontWeight: 600, formatter: String(last[1]) },
            itemStyle: { color: palette.accent, borderColor: palette.surface, borderWidth: 2 },
            data: [{ coord: last, name: "now" }],
          },
        }),
      },
    ],
  };
}

export function funnelOption(data: Funnel, palette: Palette, still: boolean): EChartsCoreOption {
  const first = data.steps[0]?.n ?? 0;
  const words = (n: number | null): string => (n === null ? "hidden" : first > 0 ? `${n}  (${Math.round((100 * n) / first)}%)` : String(n));
  return {
    ...base(palette, still),
    legend: { show: false },
    grid: { left: 8, right: 112, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", show: false, max: first || null },
    yAxis: axis(palette, {
      type: "category",
      inverse: true,
      data: data.steps.map((step) => step.label),
      axisLine: { show: false },
      axisLabel: { color: palette.ink, fontSize: 13 },
    }),
    tooltip: { ...(base(palette, still)["tooltip"] as object), axisPointer: { type: "none" } },
    series: [
      {
        type: "bar",
        name: "Participants",
        barMaxWidth: 34,
        showBackground: true,
        backgroundStyle: { color: palette.line, opacity: 0.45, borderRadius: 3 },
        itemStyle: { color: palette.accent, borderRadius: 3 },
        label: {
          show: true,
          position: "right",
          color: palette.ink,
          fontSize: 13,
          fontWeight: 600,
          formatter: (params: { dataIndex: number }) => words(data.steps[params.dataIndex]?.n ?? null),
        },
        data: data.steps.map((step) => step.n ?? 0),
      },
    ],
  };
}

export function sitesOption(data: Sites, palette: Palette, still: boolean): EChartsCoreOption {
  const limits = data.limits ?? [];
  const edge = (name: string, values: [number, number][]): object => ({
    name,
    type: "line",
    symbol: "none",
    smooth: true,
    data: values,
    lineStyle: { color: palette.neutral, type: "dashed", width: 1.5 },
    itemStyle: { color: palette.neutral },
    silent: true,
  });
  const outside = (site: { n: number; value: number }): boolean => {
    const near = limits.reduce<[number, number, number] | null>(
      (best, row) => (best === null || Math.abs(row[0] - site.n) < Math.abs(best[0] - site.n) ? row : best),
      null,
    );
    return near !== null && (site.value < near[1] || site.value > near[2]);
  };
  return {
    ...base(palette, still),
    legend: { show: false },
    tooltip: {
      ...(base(palette, still)["tooltip"] as object),
      trigger: "item",
      formatter: (params: { name: string; value: [number, number] }) =>
        `${params.name}\n${data.x_label}: ${params.value[0]}\n${data.y_label}: ${params.value[1]}`,
    },
    grid: { left: 14, right: 20, top: 30, bottom: 28, containLabel: true },
    xAxis: axis(palette, { type: "value", name: data.x_label, nameLocation: "middle", nameGap: 28, minInterval: 1, splitLine: { show: false } }),
    yAxis: axis(palette, { type: "value", name: data.y_label, nameLocation: "end", scale: true, nameTextStyle: { align: "left", color: palette.ink2, fontSize: 12 } }),
    series: [
      edge("lower limit", limits.map(([n, low]) => [n, low])),
      edge("upper limit", limits.map(([n, , high]) => [n, high])),
      {
        name: "Sites",
        type: "scatter",
        symbolSize: 12,
        symbol: (_value: unknown, params: { dataIndex: number }) => {
          const site = data.sites[params.dataIndex];
          return site && outside(site) ? "diamond" : "circle";
        },
        data: data.sites.map((site) => ({
          name: site.label,
          value: [site.n, site.value],
          itemStyle: { color: outside(site) ? palette.danger : palette.accent, opacity: 1, borderColor: palette.surface, borderWidth: 1 },
        })),
        label: { show: true, position: "right", color: palette.ink, fontSize: 12, formatter: "{b}" },
        labelLayout: { hideOverlap: true },
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: true, formatter: "all sites", position: "insideStartTop", color: palette.ink2, fontSize: 12 },
          lineStyle: { color: palette.lineStrong, type: "solid", width: 1 },
          data: [{ yAxis: data.center }],
        },
      },
    ],
  };
}

export function agesOption(data: Ages, palette: Palette, still: boolean): EChartsCoreOption {
  const shades = [0.3, 0.55, 0.8, 1];
  return {
    ...base(palette, still),
    xAxis: axis(palette, { type: "value", minInterval: 1 }),
    yAxis: axis(palette, { type: "category", inverse: true, data: data.groups, axisLabel: { color: palette.ink, fontSize: 13 } }),
    series: data.bands.map((band, index) => ({
      name: band.label,
      type: "bar",
      stack: "all",
      barMaxWidth: 26,
      data: band.values,
      itemStyle: {
        color: index === data.bands.length - 1 && data.bands.length > 2 ? palette.caution : palette.accent,
        opacity: index === data.bands.length - 1 ? 1 : (shades[index] ?? 1),
        borderColor: palette.surface,
        borderWidth: 1,
      },
    })),
  };
}
