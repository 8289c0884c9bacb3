import { Ago } from "../components/time.tsx";

/** How long ago the last sync of an application failed, and in its title when one before it did not. @param before that one */
export function FailedAgo({
  at,
  by,
  how,
  before,
}: {
  at: string;
  by: string;
  how: "failed" | "terminated";
  before: { at: string; by: string } | undefined;
}) {
  const well = (exact: (at: string) => string): string =>
    before === undefined
      ? "None went well before"
      : `Synced last ${exact(before.at)}${before.by === "" ? "" : `, by ${before.by}`}`;
  return (
    <>
      <Ago at={at} lead={`${how} `} also={well} />
      {by !== "" && <span title={`by ${by}`}> · {by}</span>}
    </>
  );
}
