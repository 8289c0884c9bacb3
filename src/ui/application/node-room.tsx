/** What a node has room for, above the Pods on it: a line for each kind of room. */
import { roomLines, type ShownHost, whyNoRoom } from "../words/node-room-words.ts";

/** Read aloud with the name of its group. */
export function NodeRoom({ host }: { host: ShownHost }) {
  const why = whyNoRoom(host);
  return (
    <div class="room" aria-hidden="true">
      {roomLines(host).map(({ name, says, share }) => (
        <div key={name}>
          <span class="dim">{name}</span>
          {share === undefined ? (
            <span />
          ) : (
            <svg aria-hidden="true" viewBox="0 0 100 6" preserveAspectRatio="none">
              <rect class="here" width={100 * share.app} height="6" />
              <rect class="others" x={100 * share.app} width={100 * share.others} height="6" />
            </svg>
          )}
          <span>{says}</span>
        </div>
      ))}
      {why !== undefined && <p class="dim">{why}</p>}
    </div>
  );
}

export function roomWords(host: ShownHost): string {
  return [...roomLines(host).map(({ name, says }) => `${name} ${says}`), whyNoRoom(host)]
    .filter((one) => one !== undefined)
    .join("; ");
}
