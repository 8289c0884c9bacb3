const encoded = (key: string): string => key.split("/").map(encodeURIComponent).join("/");

/** Of the API. @param rest absent: of the set itself */
export function setPathAt(key: string, rest?: string): string {
  const path = `/api/holdfast/v1/applicationsets/${encoded(key)}`;
  return rest === undefined ? path : `${path}/${rest}`;
}
