/** Where one can go: a rail at the left, or on a phone a bar below with what is gone to most, and the rest behind a button. */
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../components/icon.tsx";
import { daemon } from "../store/applications.ts";
import { hrefOf, place } from "../store/route.ts";
import { setsMark } from "../words/sets-mark.ts";
import { PLACES } from "./places.ts";
import { rail, turnRail } from "./rail.ts";

export function Navigation() {
  const { path } = place.value;
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  // What is made of applications, or told of several, lies beside their list: one could have its name.
  const from = /^\/(?:new|fleet)\//.test(path) ? `/applications${path}` : path;
  const isAt = (one: (typeof PLACES)[number]): boolean =>
    from === one.path || from.startsWith(`${one.path}/`);
  return (
    <nav
      class="rail"
      aria-label="Pages"
      data-more={isOpen ? "open" : "closed"}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        setOpen(false);
        document.getElementById("more-pages")?.focus();
      }}
    >
      {PLACES.map((one) => (
        <a
          key={one.path}
          class={one.goneTo}
          href={hrefOf(one.path)}
          aria-current={path === one.path ? "page" : isAt(one) ? "true" : undefined}
        >
          <Icon of={one.icon} />
          <span class="to">
            {one.long !== "" && <span class="long">{one.long}</span>}
            {one.word.slice(one.long.length)}
          </span>
          {one.path === "/applicationsets" && <SetsMark />}
        </a>
      ))}
      <button
        type="button"
        id="more-pages"
        class="plain more"
        aria-expanded={isOpen}
        data-current={PLACES.some((one) => one.goneTo === "seldom" && isAt(one))}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon of="more" />
        More
      </button>
      <button type="button" class="plain seldom-first fold-rail" onClick={turnRail}>
        <Icon of={rail.value === "words" ? "fold" : "unfold"} />
        <span class="to">{rail.value === "words" ? "Collapse" : "Expand"}</span>
      </button>
    </nav>
  );
}

/** How much of them a person should look at, wherever one is. */
function SetsMark() {
  const mark = setsMark(daemon.value.applicationSets);
  if (mark === undefined) return null;
  return (
    <span class="sets-mark" title={mark.words}>
      <span aria-hidden="true">{mark.count}</span>
      <span class="hidden-text">: {mark.words}</span>
    </span>
  );
}
