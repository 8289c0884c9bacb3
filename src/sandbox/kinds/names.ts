import { type Cause, invalidValue, required } from "../api-error.ts";
import { type Kind, kindKey } from "./kind.ts";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const serviceLabel = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const freeNames = new Set([
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
]);

const sayLabel =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const saySubdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const sayServiceLabel =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/** What is wrong with an object's name, by its kind's rules. */
export function nameCauses(kind: Kind, name: string): Cause[] {
  if (name === "") return [required("metadata.name", "name or generateName is required")];
  const key = kindKey(kind);
  if (freeNames.has(key))
    return name === "." || name === ".." || /[/%]/.test(name)
      ? [invalidValue("metadata.name", name, `may not be '.' or '..' and may not contain '/' or '%'`)]
      : [];
  if (key === "Namespace")
    return label.test(name) && name.length <= 63 ? [] : [invalidValue("metadata.name", name, sayLabel)];
  if (key === "Service")
    return label.test(name) && name.length <= 63
      ? []
      : [invalidValue("metadata.name", name, serviceLabel.test(name) ? sayLabel : sayServiceLabel)];
  return subdomain.test(name) && name.length <= 253
    ? []
    : [invalidValue("metadata.name", name, saySubdomain)];
}

const sayQualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const sayLabelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

export function labelCauses(labels: Record<string, string>, path: string): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...keyCauses(key, path),
    ...(value === "" || (qualifiedName.test(value) && value.length <= 63)
      ? []
      : [invalidValue(path, value, value.length > 63 ? "must be no more than 63 bytes" : sayLabelValue)]),
  ]);
}

export function annotationCauses(annotations: Record<string, string>): Cause[] {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const tooLong: Cause[] =
    size > 262_144
      ? [
          {
            field: "metadata.annotations",
            reason: "FieldValueTooLong",
            message: "Too long: may not be more than 262144 bytes",
          },
        ]
      : [];
  return [
    ...Object.keys(annotations).flatMap((key) => keyCauses(key.toLowerCase(), "metadata.annotations")),
    ...tooLong,
  ];
}

function keyCauses(key: string, path: string): Cause[] {
  const slash = key.indexOf("/");
  const name = slash < 0 ? key : key.slice(slash + 1);
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const causes: Cause[] = [];
  if (prefix !== undefined && !subdomain.test(prefix))
    causes.push(invalidValue(path, key, `prefix part ${saySubdomain}`));
  if (!qualifiedName.test(name))
    causes.push(invalidValue(path, key, name === "" ? "name part must be non-empty" : sayQualified));
  else if (name.length > 63) causes.push(invalidValue(path, key, "name part must be no more than 63 bytes"));
  return causes;
}
