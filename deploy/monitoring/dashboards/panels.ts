/** What our Grafana dashboards are made of. Source: Grafana's JSON model of dashboards, schema version 39. */

/** Grafana draws on 24 columns. */
const COLUMNS = 24;

export type Unit = "short" | "s" | "bytes" | "percentunit" | "ops" | "none";

/** One query, and how its series are called: labels in `{{}}`. */
export interface Query {
  expr: string;
  legend?: string;
}

type Drawn =
  | { is: "stat"; query: Query; unit?: Unit; worryFrom?: number; alarmFrom?: number }
  | { is: "lines"; queries: readonly Query[]; unit?: Unit; stacked?: "stacked" | "apart" }
  /** One row a series; `columns` are labels, by their titles. */
  | { is: "table"; query: Query; columns: Readonly<Record<string, string>> }
  /** States over time, one row a series. */
  | {
      is: "states";
      queries: readonly Query[];
      states: Readonly<Record<number, { text: string; color: string }>>;
    };

export type Panel = Drawn & {
  title: string;
  /** One sentence: what it means where it is other than usual. */
  about: string;
  width: number;
  height: number;
};

export interface Row {
  title: string;
  panels: readonly Panel[];
}

export interface Variable {
  name: string;
  label: string;
  /** `label_values(…)`. */
  query: string;
  choice: "one" | "several";
}

export interface Dashboard {
  uid: string;
  title: string;
  about: string;
  variables: readonly Variable[];
  rows: readonly Row[];
}

const SOURCE = { type: "prometheus", uid: "${datasource}" };

/** Where each dashboard is reached from the others. */
const LINKS = [
  {
    type: "dashboards",
    title: "Holdfast",
    tags: ["holdfast"],
    asDropdown: false,
    includeVars: true,
    keepTime: true,
    targetBlank: false,
    icon: "external link",
    tooltip: "",
    url: "",
  },
];

/** The dashboard as Grafana imports it: it brings a choice of the data source, and belongs to none. */
export function dashboardJson({ uid, title, about, variables, rows }: Dashboard): object {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const { title, panels: own } of rows) {
    panels.push({
      id: ++id,
      type: "row",
      title,
      collapsed: false,
      gridPos: { h: 1, w: COLUMNS, x: 0, y: y++ },
      panels: [],
    });
    let x = 0;
    let tallest = 0;
    for (const panel of own) {
      if (x + panel.width > COLUMNS) {
        y += tallest;
        x = 0;
        tallest = 0;
      }
      panels.push({ id: ++id, gridPos: { h: panel.height, w: panel.width, x, y }, ...panelJson(panel) });
      x += panel.width;
      tallest = Math.max(tallest, panel.height);
    }
    y += tallest;
  }
  return {
    id: null,
    uid,
    title,
    description: about,
    tags: ["holdfast"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: "browser",
    time: { from: "now-6h", to: "now" },
    refresh: "30s",
    links: LINKS,
    annotations: { list: [] },
    templating: {
      list: [
        {
          name: "datasource",
          label: "Data source",
          type: "datasource",
          query: "prometheus",
          current: {},
          hide: 0,
          includeAll: false,
          multi: false,
          options: [],
          refresh: 1,
          regex: "",
        },
        ...variables.map(variableJson),
      ],
    },
    panels,
  };
}

function variableJson({ name, label, query, choice }: Variable): object {
  const isSeveral = choice === "several";
  return {
    name,
    label,
    type: "query",
    datasource: SOURCE,
    definition: query,
    query: { query, refId: name },
    current: isSeveral ? { selected: true, text: ["All"], value: ["$__all"] } : {},
    includeAll: isSeveral,
    ...(isSeveral ? { allValue: ".*" } : {}),
    multi: isSeveral,
    hide: 0,
    options: [],
    refresh: 2,
    regex: "",
    sort: 1,
  };
}

function panelJson(panel: Panel): object {
  const { title, about } = panel;
  const common = { title, description: about, datasource: SOURCE };
  switch (panel.is) {
    case "stat":
      return {
        ...common,
        type: "stat",
        targets: targetsOf([panel.query], "instant"),
        fieldConfig: {
          defaults: { unit: panel.unit ?? "short", noValue: "0", thresholds: thresholdsOf(panel) },
          overrides: [],
        },
        options: {
          colorMode: "value",
          graphMode: "none",
          justifyMode: "auto",
          orientation: "auto",
          reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
          textMode: "auto",
        },
      };
    case "lines":
      return {
        ...common,
        type: "timeseries",
        targets: targetsOf(panel.queries, "range"),
        fieldConfig: {
          defaults: {
            unit: panel.unit ?? "short",
            min: 0,
            custom: {
              drawStyle: "line",
              lineWidth: 1,
              fillOpacity: panel.stacked === "stacked" ? 25 : 5,
              showPoints: "never",
              spanNulls: false,
              stacking: { mode: panel.stacked === "stacked" ? "normal" : "none", group: "A" },
            },
          },
          overrides: [],
        },
        options: {
          legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
          tooltip: { mode: "multi", sort: "desc" },
        },
      };
    case "table": {
      const names = Object.keys(panel.columns);
      return {
        ...common,
        type: "table",
        targets: targetsOf([panel.query], "table"),
        fieldConfig: { defaults: { custom: { align: "left", filterable: true } }, overrides: [] },
        options: { showHeader: true, cellHeight: "sm" },
        transformations: [
          {
            id: "filterFieldsByName",
            options: { include: { names } },
          },
          {
            id: "organize",
            options: {
              excludeByName: {},
              indexByName: Object.fromEntries(names.map((name, at) => [name, at])),
              renameByName: panel.columns,
            },
          },
        ],
      };
    }
    case "states":
      return {
        ...common,
        type: "state-timeline",
        targets: targetsOf(panel.queries, "range"),
        fieldConfig: {
          defaults: {
            custom: { fillOpacity: 70, lineWidth: 0 },
            mappings: [{ type: "value", options: panel.states }],
          },
          overrides: [],
        },
        options: {
          alignValue: "left",
          mergeValues: true,
          rowHeight: 0.85,
          showValue: "auto",
          legend: { displayMode: "list", placement: "bottom", showLegend: false, calcs: [] },
          tooltip: { mode: "single", sort: "none" },
        },
      };
  }
}

function targetsOf(queries: readonly Query[], how: "instant" | "range" | "table"): object[] {
  return queries.map(({ expr, legend }, at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: SOURCE,
    expr,
    legendFormat: legend ?? "__auto",
    instant: how !== "range",
    range: how === "range",
    // `$__rate_interval` is four of these at least: a data source that says 15 seconds would leave one scrape in it.
    ...(how === "range" ? { interval: "30s" } : {}),
    ...(how === "table" ? { format: "table" } : {}),
  }));
}

/** Words before colour: a number has none until it is something to look at. */
function thresholdsOf({ worryFrom, alarmFrom }: { worryFrom?: number; alarmFrom?: number }): object {
  return {
    mode: "absolute",
    steps: [
      { color: "text", value: null },
      ...(worryFrom === undefined ? [] : [{ color: "orange", value: worryFrom }]),
      ...(alarmFrom === undefined ? [] : [{ color: "red", value: alarmFrom }]),
    ],
  };
}
