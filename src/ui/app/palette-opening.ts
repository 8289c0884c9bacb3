/** Asks for the palette from elsewhere than the keyboard: counts how often. */
import { signal } from "@preact/signals";

export const paletteAsked = signal(0);

export function openPalette(): void {
  paletteAsked.value += 1;
}

/** Keys of the palette's field that are its list's. */
type ListKey = "ArrowDown" | "ArrowUp" | "Enter";
/** Takes a key; `kept`: an Enter that came before the list was there, and is not lost. */
export interface ListKeys {
  current: ((key: ListKey) => void) | "kept" | undefined;
}
