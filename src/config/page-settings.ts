import { INSTANCE_COLOURS } from "../core/model/page-words.ts";
import type { SettingTable } from "./setting.ts";

const WEB = { pattern: /^https?:\/\/\S+$/, wrong: "must be a URL of http or https" };

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
  chat: {
    is: "section",
    doc: "Where people are asked, on the page's help.",
    keys: {
      url: { is: "text", doc: "Empty: nowhere.", default: "", ...WEB },
      text: { is: "text", doc: "What the link says.", default: "Chat with us" },
    },
  },
} as const satisfies SettingTable;
