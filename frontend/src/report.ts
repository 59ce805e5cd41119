/**
 * A report's page: filters and sorts its longer tables, and marks the place in the contents. The page is complete without
 * it. It runs in a sandbox, so it keeps nothing and asks nobody; a plain script, since a module would have to be fetched
 * with an origin that the sandbox has not.
 */
{
  const text = (element: Element | null | undefined): string => element?.textContent?.trim() ?? "";

  /** The number behind a cell: as it is kept, else as it is written, with its real minus sign. */
  const numberIn = (cell: HTMLElement | undefined): number | null => {
    const kept = cell?.dataset["value"];
    const written = kept ?? text(cell).replace("\u2212", "-").replace(/^</, "");
    return /^-?[\d.]/.test(written) ? Number.parseFloat(written) : null;
  };

  /** Lines that match stay, with the heading they belong to; under a heading that matches, all of them. */
  const filter = (rows: readonly HTMLTableRowElement[], wanted: string): number => {
    let shown = 0;
    let heading: HTMLTableRowElement | null = null;
    let whole = false;
    for (const row of rows) {
      const matches = text(row).toLowerCase().includes(wanted);
      if (row.classList.contains("group")) {
        heading = row;
        whole = matches;
        row.hidden = !matches;
        continue;
      }
      row.hidden = !(matches || whole);
      if (!row.hidden) {
        shown += 1;
        if (heading) heading.hidden = false;
      }
    }
    return shown;
  };

  const searchable = (table: HTMLTableElement, place: number): void => {
    const rows = [...(table.tBodies[0]?.rows ?? [])];
    const lines = rows.filter((row) => !row.classList.contains("group")).length;
    const tools = document.createElement("div");
    tools.className = "tools";
    const label = document.createElement("label");
    const field = document.createElement("input");
    const told = document.createElement("span");
    field.type = "search";
    field.id = `filter-${place}`;
    label.htmlFor = field.id;
    label.textContent = "Filter the lines below";
    field.setAttribute("aria-label", `Filter the lines below: ${text(table.caption)}`);
    told.setAttribute("role", "status");
    told.className = "note";
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      const shown = filter(rows, wanted);
      told.textContent = wanted ? `${shown} of ${lines} lines` : "";
    });
    tools.append(label, field, told);
    const region = table.closest(".scroll") ?? table;
    region.before(tools);
    if (!rows.some((row) => row.classList.contains("group") || row.classList.contains("total"))) sortable(table, rows);
  };

  const sortable = (table: HTMLTableElement, rows: readonly HTMLTableRowElement[]): void => {
    const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
    const order = (column: number, down: boolean): HTMLTableRowElement[] =>
      [...rows].sort((a, b) => {
        const [first, second] = [a.cells[column], b.cells[column]];
        const [x, y] = [numberIn(first), numberIn(second)];
        const way = down ? -1 : 1;
        if (x !== null && y !== null) return way * (x - y);
        if (x !== null || y !== null) return x === null ? 1 : -1; // no number comes last either way
        return way * text(first).localeCompare(text(second), "en", { numeric: true });
      });
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const after = before === "none" ? "ascending" : before === "ascending" ? "descending" : "none";
        for (const other of heads) other.setAttribute("aria-sort", other === head ? after : "none");
        table.tBodies[0]?.append(...(after === "none" ? rows : order(column, after === "descending")));
      });
    });
  };

  /** The section that is being read: the last one whose beginning has passed the upper third of the window. */
  const follow = (): void => {
    const contents = document.getElementById("contents");
    const sections = [...document.querySelectorAll<HTMLElement>("main section[id]")];
    const links = new Map(
      [...(contents?.querySelectorAll<HTMLAnchorElement>("a[href^='#']") ?? [])].map((link) => [link.hash.slice(1), link]),
    );
    let current: HTMLAnchorElement | undefined;
    const mark = (): void => {
      const line = window.innerHeight / 3;
      const here = sections.filter((section) => section.getBoundingClientRect().top <= line).at(-1) ?? sections[0];
      const link = here && links.get(here.id);
      if (!link || !contents || link === current) return;
      current?.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      current = link;
      if (contents.scrollHeight > contents.clientHeight)
        contents.scrollTop +=
          link.getBoundingClientRect().top - contents.getBoundingClientRect().top - contents.clientHeight / 2;
    };
    let waiting = false;
    addEventListener(
      "scroll",
      () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          mark();
        });
      },
      { passive: true },
    );
    addEventListener("resize", mark);
    mark();
  };

  /** Paper has no folds: what is folded is opened for it, and closed again after. */
  const unfold = (): void => {
    let opened: HTMLDetailsElement[] = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open], .numbers)")];
      for (const one of opened) one.open = true;
    });
    addEventListener("afterprint", () => {
      for (const one of opened) one.open = false;
    });
  };

  document.querySelectorAll<HTMLTableElement>("table[data-searched]").forEach(searchable);
  follow();
  unfold();
}
