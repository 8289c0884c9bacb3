/** What is remembered of each application's images, kept over restarts. */
import type { KnownTag } from "../core/images/choose-tag.ts";
import type { AppKey } from "../core/model/application.ts";
import type { ImageWrite } from "../core/model/image-update.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { ImagesPorts } from "./images-ports.ts";
import type { LookedImage } from "./look.ts";

const MOST_REMEMBERED = 20;

interface Memory {
  /** What was written last. */
  last?: ImageWrite;
  /** What was chosen of each image, by its name and rules. */
  chosen: Readonly<Record<string, KnownTag>>;
}

export class ImageMemories {
  readonly #byKey = new Map<AppKey, Memory>();

  constructor(private readonly store: Pick<ImagesPorts["store"], "value" | "putValue">) {}

  /** What was chosen of an image, the last time. */
  chosen(key: AppKey, image: LookedImage["wanted"]): KnownTag | undefined {
    return this.#of(key).chosen[nameOfImage(image)];
  }

  last(key: AppKey): ImageWrite | undefined {
    return this.#of(key).last;
  }

  wrote(key: AppKey, last: ImageWrite): void {
    this.#keep(key, { ...this.#of(key), last });
  }

  looked(key: AppKey, images: readonly LookedImage[]): void {
    const memory = this.#of(key);
    const known = images.flatMap(({ wanted, known }) =>
      known === undefined ? [] : [[nameOfImage(wanted), known] as const],
    );
    const chosen = Object.fromEntries(known.slice(0, MOST_REMEMBERED));
    if (!equalJson(chosen, memory.chosen)) this.#keep(key, { ...memory, chosen });
  }

  forget(key: AppKey): void {
    this.#byKey.delete(key);
    this.store.putValue(nameOf(key), undefined);
  }

  #of(key: AppKey): Memory {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const memory = readMemory(this.store.value(nameOf(key)));
    this.#byKey.set(key, memory);
    return memory;
  }

  #keep(key: AppKey, memory: Memory): void {
    this.#byKey.set(key, memory);
    this.store.putValue(nameOf(key), JSON.stringify(memory));
  }
}

function nameOfImage({ image, rules }: LookedImage["wanted"]): string {
  return `${image.name} ${rules.strategy} ${rules.constraint}`;
}

function nameOf(key: AppKey): string {
  return `images ${key}`;
}

function readMemory(text: string | undefined): Memory {
  return text === undefined ? { chosen: {} } : (JSON.parse(text) as Memory);
}
