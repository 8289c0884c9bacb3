/**
 * The text of an answer that somebody else than an API server may have sent.
 * @throws {Error} where it is longer: what comes then is not read
 */
export async function answerText(response: Response, most: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Ended early, the iterator ends what it reads of.
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > most) throw new Error(`the answer is longer than ${most} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
