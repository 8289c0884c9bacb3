import { useEffect, useState } from "preact/hooks";

/** As the style sheets have it: below it a row has two lines. */
const PHONE = "(max-width: 720px)";

/** Whether the window is as narrow as a phone, also while it is turned. */
export function usePhone(): boolean {
  const [is, setIs] = useState(() => matchMedia(PHONE).matches);
  useEffect(() => {
    const query = matchMedia(PHONE);
    const look = (): void => setIs(query.matches);
    look();
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return is;
}
