import { badRequest, unsupportedMediaType } from "../api-error.ts";
import type { Json, JsonObject } from "../json.ts";
import type { BuiltinTypes, Field, StructType, Type } from "../schema/type.ts";

const mediaType = "application/vnd.kubernetes.protobuf";
const magic = [0x6b, 0x38, 0x73, 0x00];

/** A field as it stands on the wire: a number (wire types 0, 1, 5), or bytes (wire type 2). */
type Wire = { number: number; value: bigint } | { number: number; value: Uint8Array };

/**
 * A request's object in the encoding that typed Go clients send (`kubectl create namespace` is one), as JSON.
 *
 * @throws {ApiError} 400 on bytes that are none, 415 on a kind or a field that the sandbox cannot read so
 */
export function decodeProtobuf(bytes: Uint8Array, types: BuiltinTypes): Json {
  if (bytes.length === 0) return null;
  if (!magic.every((byte, index) => bytes[index] === byte))
    throw badRequest(
      "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    );
  const envelope = fieldsOf(bytes.subarray(4));
  const meta = fieldsOf(bytesOf(envelope.find(({ number }) => number === 1)));
  const [apiVersion, kind] = [1, 2].map((wanted) =>
    text(bytesOf(meta.find(({ number }) => number === wanted))),
  );
  const type =
    kind === "DeleteOptions" ? types.ofKind("v1/DeleteOptions") : types.ofKind(`${apiVersion}/${kind}`);
  if (type === undefined) throw unsupportedMediaType(`${mediaType} of ${apiVersion}/${kind}`);
  const raw = bytesOf(envelope.find(({ number }) => number === 2));
  return { ...readStruct(fieldsOf(raw), type), apiVersion: apiVersion ?? "", kind: kind ?? "" };
}

function readStruct(wires: readonly Wire[], type: StructType): JsonObject {
  const object: JsonObject = {};
  for (const [name, field] of type.fields()) {
    const value = readField(wires, field.wire, field);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

function readField(
  wires: readonly Wire[],
  [number, ...inline]: readonly number[],
  field: Field,
): Json | undefined {
  const found = wires.filter((wire) => wire.number === number);
  const last = found.at(-1);
  if (last === undefined) return undefined;
  return inline.length > 0
    ? readField(fieldsOf(bytesOf(last)), inline, field)
    : readValues(found, field.type);
}

function readValues(wires: readonly Wire[], type: Type): Json | undefined {
  if (type.is === "list") return wires.map((wire) => readOne(wire, type.item));
  if (type.is === "map" && type.item.is !== "any") {
    const map: JsonObject = {};
    for (const wire of wires) {
      const entry = fieldsOf(bytesOf(wire));
      const value = entry.find(({ number }) => number === 2);
      map[text(bytesOf(entry.find(({ number }) => number === 1)))] =
        value === undefined ? null : readOne(value, type.item);
    }
    return map;
  }
  const last = wires.at(-1);
  return last === undefined ? undefined : readOne(last, type);
}

function readOne(wire: Wire, type: Type): Json {
  switch (type.is) {
    case "struct":
      return readStruct(fieldsOf(bytesOf(wire)), type);
    case "scalar":
      return readScalar(wire, type.of);
    case "list":
      return readValues([wire], type) ?? [];
    case "map":
    case "any":
      return readJson(wire);
  }
}

/** Free-form JSON travels as its text, in field 1. */
function readJson(wire: Wire): Json {
  const raw = fieldsOf(bytesOf(wire)).find(({ number }) => number === 1);
  const read = raw === undefined || typeof raw.value === "bigint" ? undefined : text(raw.value);
  if (read === undefined || !/^\s*[[{"\dtfn-]/.test(read))
    throw unsupportedMediaType(`${mediaType} with a field that is JSON of its own`);
  return JSON.parse(read) as Json;
}

function readScalar(wire: Wire, of: string): Json {
  const { value } = wire;
  if (typeof value === "bigint") {
    if (of === "boolean") return value !== 0n;
    if (of === "number") return new Float64Array(new BigUint64Array([value]).buffer)[0] ?? 0;
    return Number(BigInt.asIntN(64, value));
  }
  switch (of) {
    case "bytes":
      return Buffer.from(value).toString("base64");
    case "quantity":
      return text(bytesOf(fieldsOf(value).find(({ number }) => number === 1)));
    case "int-or-string": {
      const parts = fieldsOf(value);
      const isText = numberOf(parts, 1) === 1n;
      return isText
        ? text(bytesOf(parts.find(({ number }) => number === 3)))
        : Number(BigInt.asIntN(32, numberOf(parts, 2)));
    }
    case "time":
    case "micro-time": {
      const parts = fieldsOf(value);
      // No seconds is Go's zero time, which JSON leaves out.
      if (parts.length === 0) return null;
      const iso = new Date(Number(BigInt.asIntN(64, numberOf(parts, 1))) * 1000).toISOString().slice(0, 19);
      return of === "time" ? `${iso}Z` : `${iso}.${String(numberOf(parts, 2) / 1000n).padStart(6, "0")}Z`;
    }
    default:
      return text(value);
  }
}

function numberOf(wires: readonly Wire[], number: number): bigint {
  const found = wires.find((wire) => wire.number === number)?.value;
  return typeof found === "bigint" ? found : 0n;
}

function bytesOf(wire: Wire | undefined): Uint8Array {
  return wire === undefined || typeof wire.value === "bigint" ? new Uint8Array() : wire.value;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A message taken apart into its fields, in order. */
function fieldsOf(bytes: Uint8Array): Wire[] {
  const wires: Wire[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw badRequest("the body of the request is no protobuf message: a number does not end");
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length)
      throw badRequest("the body of the request is no protobuf message: it ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0:
        wires.push({ number, value: varint() });
        break;
      case 1:
        wires.push({ number, value: new BigUint64Array(take(8).slice().buffer)[0] ?? 0n });
        break;
      case 2:
        wires.push({ number, value: take(Number(varint())) });
        break;
      case 5:
        wires.push({ number, value: BigInt(new Uint32Array(take(4).slice().buffer)[0] ?? 0) });
        break;
      default:
        throw badRequest("the body of the request is no protobuf message: an unknown wire type");
    }
  }
  return wires;
}
