import type { Database } from "bun:sqlite";
import { sealed } from "../core/activity/sealed.ts";
import {
  type ActivityHead,
  type ActivityNote,
  type ChainRow,
  NO_HASH,
  TRIMMED,
} from "../core/model/activity.ts";
import type { AppKey } from "../core/model/application.ts";

/**
 * Nothing but the text is kept: what is searched by is read out of it, so that no column can say something else.
 * A number is never given twice, because the last entry never goes.
 */
const TABLE = `
  CREATE TABLE activity (
    seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL,
    at TEXT GENERATED ALWAYS AS (json_extract(entry, '$.at')) VIRTUAL,
    actor TEXT GENERATED ALWAYS AS (json_extract(entry, '$.actor')) VIRTUAL,
    action TEXT GENERATED ALWAYS AS (json_extract(entry, '$.action')) VIRTUAL,
    app TEXT GENERATED ALWAYS AS (json_extract(entry, '$.app')) VIRTUAL,
    project TEXT GENERATED ALWAYS AS (json_extract(entry, '$.project')) VIRTUAL,
    outcome TEXT GENERATED ALWAYS AS (json_extract(entry, '$.outcome.is')) VIRTUAL
  ) STRICT;
  CREATE INDEX activity_at ON activity (at);
  CREATE INDEX activity_actor ON activity (actor, seq);
  CREATE INDEX activity_action ON activity (action, seq);
  CREATE INDEX activity_app ON activity (app, seq) WHERE app IS NOT NULL;
  CREATE INDEX activity_project ON activity (project, seq) WHERE project IS NOT NULL;
  CREATE INDEX activity_undone ON activity (outcome, seq) WHERE outcome <> 'done';
`;

/** By name; the store refuses a file with any other. They keep slips and other programs out, not whoever owns the file. */
export const ACTIVITY_TRIGGERS: Readonly<Record<string, string>> = {
  activity_unchanged: `CREATE TRIGGER activity_unchanged BEFORE UPDATE ON activity
    BEGIN SELECT RAISE(ABORT, 'entries of the activity are never changed'); END`,
  activity_kept: `CREATE TRIGGER activity_kept BEFORE DELETE ON activity
    WHEN NOT EXISTS (
      SELECT 1 FROM activity
      WHERE action = '${TRIMMED}' AND seq > OLD.seq AND json_extract(entry, '$.details.through') >= OLD.seq
    )
    BEGIN SELECT RAISE(ABORT, 'entries of the activity go only where a later one says so'); END`,
  activity_appended: `CREATE TRIGGER activity_appended BEFORE INSERT ON activity
    WHEN NEW.seq <> (SELECT coalesce(max(seq) + 1, NEW.seq) FROM activity)
    BEGIN SELECT RAISE(ABORT, 'entries of the activity are written behind the last one'); END`,
};

type AuditRow = {
  seq: number;
  at: string;
  actor: string;
  action: string;
  app: AppKey | null;
  details: string;
};

/** Makes the table, and chains in it what the audit held until then, with the numbers that it had. */
export function chainAudits(database: Database): void {
  database.run(TABLE);
  const insert = database.prepare<unknown, [number, string, string]>(
    "INSERT INTO activity (seq, entry, hash) VALUES (?, ?, ?)",
  );
  let head: ActivityHead | undefined;
  const add = (note: ActivityNote, seq: number): void => {
    const row: ChainRow = sealed(note, seq, head);
    insert.run(row.seq, row.text, row.hash);
    head = row;
  };
  let first: AuditRow | undefined;
  let last: AuditRow | undefined;
  for (const row of database.query<AuditRow, []>("SELECT * FROM audits ORDER BY seq").iterate()) {
    const { seq, at, actor, action, app, details } = row;
    first ??= row;
    last = row;
    add(
      {
        ...{ at, actor, action },
        ...(app === null ? {} : { app }),
        details: JSON.parse(details) as Record<string, unknown>,
      },
      seq,
    );
  }
  // Those that were kept no more left nothing behind, so their hash is none.
  if (first !== undefined && last !== undefined && first.seq > 1) {
    const details = { through: first.seq - 1, hash: NO_HASH };
    add({ at: last.at, actor: "daemon", action: TRIMMED, details }, last.seq + 1);
  }
  insert.finalize();
  database.run("DROP TABLE audits");
  for (const sql of Object.values(ACTIVITY_TRIGGERS)) database.run(sql);
}
