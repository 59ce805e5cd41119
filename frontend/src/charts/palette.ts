/** Colours of the charts, taken from the style sheet as it stands now (light or dark). Contrast at least 3:1 on a card. */

export interface Palette {
  ink: string;
  ink2: string;
  line: string;
  lineStrong: string;
  surface: string;
  accent: string;
  accentSoft: string;
  caution: string;
  neutral: string;
  danger: string;
}

/** A custom property that uses light-dark() has no value of its own: let the browser paint it on a probe and read that. */
export function paletteOf(host: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    ink: read("--v-ink"),
    ink2: read("--v-ink-2"),
    line: read("--v-line"),
    lineStrong: read("--v-line-strong"),
    surface: read("--v-surface"),
    accent: read("--v-accent"),
    accentSoft: read("--v-accent-soft"),
    caution: read("--v-caution-edge"),
    neutral: read("--v-neutral-edge"),
    danger: read("--v-danger-edge"),
  };
  probe.remove();
  return palette;
}
