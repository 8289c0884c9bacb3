/** The built-in plugins: one import and one line each, sorted. A new one is a folder and a line here. */
import type { Decryptor, Renderer } from "../src/plugin/contract.ts";
import sops from "./decryptors/sops/index.ts";
import helm from "./renderers/helm/index.ts";
import kustomize from "./renderers/kustomize/index.ts";
import raw from "./renderers/raw/index.ts";

export const builtInRenderers: readonly Renderer[] = [helm, kustomize, raw];
export const builtInDecryptors: readonly Decryptor[] = [sops];
