import type { ComponentChildren } from "preact";

export interface Column<T> {
  head: string;
  /** `word`: in one line. `short`: no word of it is parted. `mono`: as it is typed. `act`: at the end of the line. */
  as?: "word" | "short" | "mono" | "mono short" | "act";
  cell(item: T): ComponentChildren;
}

/** A table of few rows: all of them are drawn. */
export function Table<T>({
  items,
  columns,
  keyOf,
  none,
}: {
  items: readonly T[];
  columns: readonly Column<T>[];
  keyOf(item: T): string | number;
  /** What is said where there are none. */
  none: ComponentChildren;
}) {
  if (items.length === 0) return <div class="dim">{none}</div>;
  return (
    <div class="table cards">
      <table>
        <thead>
          <tr>
            {columns.map(({ head, as }) => (
              <th key={head} scope="col" class={as === "word" ? "word" : undefined}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map(({ head, as, cell }) => (
                <td key={head} class={as} data-head={head}>
                  {cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
