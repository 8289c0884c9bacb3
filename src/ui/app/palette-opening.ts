/** Asks for the palette from elsewhere than the keyboard: counts how often. */
import { signal } from "@preact/signals";

export const paletteAsked = signal(0);

export function openPalette(): void {
  paletteAsked.value += 1;
}
