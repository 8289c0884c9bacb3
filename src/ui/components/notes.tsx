/** What came of something that a person asked for. Good news goes by itself, bad news stays until it is read. */
import { signal } from "@preact/signals";

interface Note {
  id: number;
  tone: "good" | "bad";
  text: string;
}

const GOOD_MS = 8_000;
const notes = signal<readonly Note[]>([]);
let last = 0;

export function note(tone: Note["tone"], text: string): void {
  last += 1;
  const id = last;
  notes.value = [...notes.value, { id, tone, text }];
  if (tone === "good") setTimeout(() => drop(id), GOOD_MS);
}

function drop(id: number): void {
  notes.value = notes.value.filter((one) => one.id !== id);
}

export function Notes() {
  return (
    <div class="notes" role="status">
      {notes.value.map(({ id, tone, text }) => (
        <p key={id} class="note" data-tone={tone}>
          <span>{text}</span>
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => drop(id)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
