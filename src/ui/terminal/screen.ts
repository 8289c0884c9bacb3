/** What is drawn and typed, without the line that it goes over. */
import { FitAddon } from "@xterm/addon-fit";
import { type ITheme, Terminal } from "@xterm/xterm";
import css from "@xterm/xterm/css/xterm.css" with { type: "text" };
import type { TerminalSize } from "../../core/model/pod-exec.ts";
import { isForLeaving, pastable } from "../words/terminal-words.ts";
import { ownStyles } from "./owned-styles.ts";

export interface ScreenEvents {
  typed(text: string): void;
  sized(size: TerminalSize): void;
  /** Somebody wants to paste several lines, which a shell would run one by one. */
  asksToPaste(text: string): void;
  /** By keys: whoever has no mouse wants out of it. */
  left(): void;
}

export interface Screen {
  /** @param shown once it is drawn */
  write(bytes: Uint8Array, shown: () => void): void;
  /** Nothing is typed any more, and what was shown stays to be read. */
  freeze(): void;
  paste(text: string): void;
  focus(): void;
  size(): TerminalSize;
  setReader(mode: "on" | "off"): void;
  remove(): void;
}

/**
 * Commands of a terminal to what is around it, which whoever writes a log or a file may write as well: its title and icon,
 * links that go where no word says, the clipboard, notifications, programs of other terminals. None is obeyed.
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands
 */
const NOT_OBEYED = [0, 1, 2, 7, 8, 9, 52, 99, 133, 633, 777, 1337];
const KEPT_LINES = 5_000;

/** By the page's own colours; those of a terminal that have no meaning here are near to them. */
const COLOURS: Readonly<Partial<Record<keyof ITheme, string>>> = {
  background: "var(--surface)",
  foreground: "var(--text)",
  cursor: "var(--text)",
  cursorAccent: "var(--surface)",
  selectionBackground: "color-mix(in srgb, var(--accent) 35%, transparent)",
  scrollbarSliderBackground: "color-mix(in srgb, var(--control) 40%, transparent)",
  scrollbarSliderHoverBackground: "color-mix(in srgb, var(--control) 60%, transparent)",
  scrollbarSliderActiveBackground: "color-mix(in srgb, var(--control) 80%, transparent)",
  black: "var(--text-3)",
  red: "var(--bad)",
  green: "var(--good)",
  yellow: "var(--behind)",
  blue: "var(--moving)",
  magenta: "var(--paused)",
  cyan: "color-mix(in srgb, var(--good) 50%, var(--moving))",
  white: "var(--text-2)",
  brightBlack: "var(--text-3)",
  brightRed: "var(--bad)",
  brightGreen: "var(--good)",
  brightYellow: "var(--behind)",
  brightBlue: "var(--accent)",
  brightMagenta: "var(--paused)",
  brightCyan: "color-mix(in srgb, var(--good) 50%, var(--accent))",
  brightWhite: "var(--text)",
};

export function openScreen(host: HTMLElement, reader: "on" | "off", on: ScreenEvents): Screen {
  const styles = ownStyles(css);
  const term = new Terminal({
    fontFamily: getComputedStyle(host).fontFamily,
    fontSize: 13,
    lineHeight: 1.2,
    scrollback: KEPT_LINES,
    screenReaderMode: reader === "on",
    minimumContrastRatio: 4.5,
    theme: themeOf(host),
    // Pasting is asked of us first, and a right click is the browser's own.
    rightClickSelectsWord: false,
  });
  for (const code of NOT_OBEYED) term.parser.registerOscHandler(code, () => true);
  const fit = new FitAddon();
  term.loadAddon(fit);
  term.open(host);
  fit.fit();
  term.attachCustomKeyEventHandler((event) => {
    if (isForLeaving(event)) {
      event.preventDefault();
      if (event.type === "keydown") on.left();
      return false;
    }
    // The browser's own, which xterm would send as a sign.
    if (event.ctrlKey && event.shiftKey && event.code === "KeyC") {
      event.preventDefault();
      if (event.type === "keydown" && term.hasSelection())
        void navigator.clipboard?.writeText(term.getSelection()).catch(() => undefined);
      return false;
    }
    return !(event.ctrlKey && event.shiftKey && event.code === "KeyV");
  });
  term.onData(on.typed);
  term.onResize(({ cols, rows }) => on.sized({ columns: cols, rows }));
  const onPaste = (event: ClipboardEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const { text, lines } = pastable(event.clipboardData?.getData("text/plain") ?? "");
    if (text === "") return;
    // A shell that knows what is pasted runs nothing of it before it is told to.
    if (lines > 1 && !term.modes.bracketedPasteMode) on.asksToPaste(text);
    else term.paste(text);
  };
  host.addEventListener("paste", onPaste, { capture: true });
  const resized = new ResizeObserver(() => fit.fit());
  resized.observe(host);
  const recolour = (): void => {
    term.options.theme = themeOf(host);
  };
  const themed = new MutationObserver(recolour);
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", recolour);
  return {
    write: (bytes, shown) => term.write(bytes, shown),
    freeze() {
      term.options.disableStdin = true;
      term.options.cursorInactiveStyle = "none";
      term.blur();
    },
    paste: (text) => term.paste(text),
    focus: () => term.focus(),
    size: () => ({ columns: term.cols, rows: term.rows }),
    setReader(mode) {
      term.options.screenReaderMode = mode === "on";
    },
    remove() {
      resized.disconnect();
      themed.disconnect();
      system.removeEventListener("change", recolour);
      host.removeEventListener("paste", onPaste, { capture: true });
      term.dispose();
      styles.remove();
    },
  };
}

/** As the browser draws them now: the terminal understands no variables. */
function themeOf(host: HTMLElement): ITheme {
  const probe = document.createElement("span");
  host.append(probe);
  const theme = Object.fromEntries(
    Object.entries(COLOURS).map(([name, colour]) => {
      probe.style.color = colour;
      return [name, hexOf(getComputedStyle(probe).color)];
    }),
  );
  probe.remove();
  return theme;
}

/** `rgb(…)` or `color(srgb …)`, as browsers say what they computed. */
function hexOf(computed: string): string {
  const numbers = [...computed.matchAll(/-?[\d.]+(?:e-?\d+)?/g)].map(([number]) => Number(number));
  const [red = 0, green = 0, blue = 0, alpha = 1] = numbers;
  const scale = computed.startsWith("color(") ? 255 : 1;
  const part = (value: number): string =>
    Math.min(255, Math.max(0, Math.round(value)))
      .toString(16)
      .padStart(2, "0");
  return `#${[red, green, blue].map((value) => part(value * scale)).join("")}${part(alpha * 255)}`;
}
