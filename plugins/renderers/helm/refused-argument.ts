import type { HelmSource } from "../../../src/core/model/application.ts";

/** An argument that helm would read as something else than its author may say, and what to write instead. */
export interface RefusedArgument {
  why: string;
  fix: string;
}

/** `a.b[0].c`, with a backslash before what would end it: a comma begins another parameter, `=` its value. */
const PARAMETER_NAME = /^(?:[^\\,=[\]\0-\x1f\x7f]|\\[^\0-\x1f\x7f]|\[\d{1,5}\])+$/;
const WORD = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** Whether helm can read it is helm's to say. */
const KUBE_VERSION = /^v?\d[\w.+:%$~-]*$/;
const API_VERSION = /^[A-Za-z0-9][A-Za-z0-9./_-]*$/;
/** Helm stores it in a label. */
const MAX_RELEASE_NAME = 53;

/** What becomes words of helm's command line, before anything is substituted. */
export interface HelmWords {
  /** Helm runs it as a template, with functions that read the environment. */
  releaseName: string;
  namespace: string;
  kubeVersion: string;
  /** Separated by commas, with quotes. */
  apiVersions: readonly string[];
  helm: HelmSource;
}

export function refusedArgument(words: HelmWords): RefusedArgument | undefined {
  const { releaseName, namespace, kubeVersion, apiVersions, helm } = words;
  if (releaseName.length > MAX_RELEASE_NAME)
    return {
      why: `the release name ${releaseName} is longer than ${MAX_RELEASE_NAME} characters`,
      fix: "Set a shorter helm.releaseName",
    };
  const apiVersion = apiVersions.find((version) => !API_VERSION.test(version));
  return (
    notA("release name", releaseName, WORD, "Set helm.releaseName to letters, digits, dots and dashes") ??
    (namespace === "" ? undefined : notA("namespace", namespace, WORD, "Write letters, digits and dashes")) ??
    (kubeVersion === ""
      ? undefined
      : notA("version of Kubernetes", kubeVersion, KUBE_VERSION, "Write one like 1.35.0")) ??
    (apiVersion === undefined
      ? undefined
      : notA("API version", apiVersion, API_VERSION, "Write one like apps/v1 or apps/v1/Deployment")) ??
    (helm.parameters ?? []).map(refusedParameter).find((refused) => refused !== undefined) ??
    (helm.fileParameters ?? [])
      .map(({ name }) => refusedName("helm.fileParameters", name))
      .find((refused) => refused !== undefined)
  );
}

function refusedParameter({
  name,
  value = "",
}: {
  name: string;
  value?: string;
}): RefusedArgument | undefined {
  if (String(value).includes("\0"))
    return { why: `the value of helm.parameters ${JSON.stringify(name)} holds a NUL`, fix: "Remove it" };
  return refusedName("helm.parameters", name);
}

function refusedName(field: string, name: string): RefusedArgument | undefined {
  return PARAMETER_NAME.test(name)
    ? undefined
    : {
        why: `${JSON.stringify(name)} in ${field} is no name of a value`,
        fix: "Write a path like a.b[0].c, with a backslash before a comma, a dot, = or a bracket that belongs to a name",
      };
}

function notA(what: string, text: string, form: RegExp, fix: string): RefusedArgument | undefined {
  return form.test(text) ? undefined : { why: `${JSON.stringify(text)} is no ${what}`, fix };
}
