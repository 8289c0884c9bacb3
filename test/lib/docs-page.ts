/** A page of the documentation as tests read it: its fenced blocks, links, anchors and commands. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface DocsBlock {
  language: string;
  /** What stands behind the language: the file that it is. */
  file: string;
  content: string;
}

export interface DocsPage {
  text: string;
  blocks: DocsBlock[];
  /** As they are written, without those to other machines. */
  links: string[];
  /** Of its headings, as forges make them. */
  anchors: string[];
  /** Command lines of `holdfast` in blocks of shells, without the program's name. */
  typed: string[];
  /** The same between backticks, where a verb alone is named too. */
  named: string[];
}

const FENCED = /^```([\w-]*)(?: (\S+))?\n([\s\S]*?)^```$/gm;

export function docsPage(file: string): DocsPage {
  const text = readFileSync(file, "utf8");
  const blocks = [...text.matchAll(FENCED)].map(([, language = "", name = "", content = ""]) => ({
    language,
    file: name,
    content,
  }));
  const prose = text.replaceAll(FENCED, "");
  return {
    text,
    blocks,
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to = ""]) =>
      /^[a-z]+:/.test(to) ? [] : [to],
    ),
    anchors: [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchorOf(title)),
    typed: blocks
      .filter(({ language }) => language === "sh" || language === "console")
      .flatMap(({ content }) => content.replaceAll("\\\n", " ").split("\n").flatMap(commandsIn)),
    named: [...prose.matchAll(/`([^`]+)`/g)].flatMap(([, words = ""]) => commandsIn(words)),
  };
}

/** Commands of a line of a shell, without what is compared, piped or written elsewhere. */
function commandsIn(line: string): string[] {
  return [...line.matchAll(/(?:^|[;&|(] ?|\$ |npx |-- )holdfast ([^;&|#)<>]+)/g)].map(([, words = ""]) =>
    words.replace(/\\$/, "").trim(),
  );
}

/** The text below a heading, to the next one of its rank or above; undefined where there is none with that anchor. */
export function sectionOf({ text }: Pick<DocsPage, "text">, anchor: string): string | undefined {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => /^#+ /.test(line) && anchorOf(line.replace(/^#+ /, "")) === anchor);
  if (from < 0) return undefined;
  const rank = /^#+/.exec(lines[from] ?? "")?.[0].length ?? 0;
  const length = lines
    .slice(from + 1)
    .findIndex((line) => (/^(#+) /.exec(line)?.[1] ?? "#######").length <= rank);
  return lines.slice(from + 1, length < 0 ? undefined : from + 1 + length).join("\n");
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** Blocks that are files, as files below a folder. */
export function writeFiles({ blocks }: DocsPage, folder: string): void {
  for (const { file, content } of blocks) {
    if (file === "") continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}
