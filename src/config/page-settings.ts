import { INSTANCE_COLOURS } from "../core/model/page-words.ts";
import type { SettingTable } from "./setting.ts";

const WEB = { pattern: /^https?:\/\/\S+$/, wrong: "must be a URL of http or https" };

const LINK = {
  title: { is: "text", doc: "What it is called on the page.", default: "" },
  url: {
    is: "text",
    doc: "Where it leads, of http, https or mailto: a Go template with sprig's functions.",
    default: "",
  },
  description: { is: "text", doc: "Beside the title.", default: "" },
  iconClass: { is: "text", doc: "Told to clients that draw Font Awesome; the page draws none.", default: "" },
  if: {
    is: "text",
    doc: 'An expression that says whether it is shown, such as app.spec.project == "shop". Empty: always.',
    default: "",
  },
} as const satisfies SettingTable;

const links = (doc: string, example: string) =>
  ({ is: "sections", doc, required: ["title", "url"], example: [example], keys: LINK }) as const;

/** What the page says for whoever runs it. */
export const PAGE = {
  instance: {
    is: "text",
    doc: "Name of this installation, in the bar of the page and in the titles of tabs: production, staging. Empty: Holdfast.",
    default: "",
  },
  colour: {
    is: "choice",
    doc: "Of a stripe below the bar and of the tab's icon, so that installations are told apart at a glance; with a name in `instance` only.",
    default: "none",
    of: ["none", ...INSTANCE_COLOURS],
  },
  banner: {
    is: "section",
    doc: "What everybody who is signed in should read.",
    keys: {
      text: { is: "text", doc: "Plain text. Empty: there is none.", default: "" },
      url: { is: "text", doc: "Where it leads.", default: "", ...WEB },
      permanent: { is: "flag", doc: "Whether nobody can put it away.", default: false },
      position: {
        is: "choice",
        doc: "Above the page, below it, or both.",
        default: "top",
        of: ["top", "bottom", "both"],
      },
    },
  },
  links: {
    is: "section",
    doc: "Links to other systems, beside what is shown, made by templates. See docs/links.md.",
    keys: {
      application: links(
        "Of an application: `app`, `cluster` and `project` are known.",
        '- { title: Logs, url: "https://logs.example.com/?ns={{ .app.spec.destination.namespace }}" }',
      ),
      resource: links(
        "Of an object: `resource` too, without what a Secret holds.",
        '- { title: Traces, url: "https://traces.example.com/{{ .resource.metadata.name }}", if: "resource.kind == \'Deployment\'" }',
      ),
      project: links(
        "Of a project: `project` is known.",
        '- { title: Audit, url: "https://audit.example.com/{{ .project.metadata.name }}" }',
      ),
    },
  },
  chat: {
    is: "section",
    doc: "Where people are asked, on the page's help.",
    keys: {
      url: { is: "text", doc: "Empty: nowhere.", default: "", ...WEB },
      text: { is: "text", doc: "What the link says.", default: "Chat with us" },
    },
  },
} as const satisfies SettingTable;
