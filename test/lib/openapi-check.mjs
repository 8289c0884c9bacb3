import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";

export async function checkDocument(document) {
  // It writes into what it is given.
  const { valid, errors = [] } = await new Validator().validate(structuredClone(document));
  if (valid) return [];
  return typeof errors === "string"
    ? [errors]
    : errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

export function checkerOf(document) {
  // Inlined, our kinds would be compiled anew for each answer that holds one.
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false, inlineRefs: false });
  ajv.addSchema(document, "document");
  const compiled = new Map();
  return (pointer, value) => {
    if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `document#${pointer}` }));
    const validate = compiled.get(pointer);
    if (validate(value)) return [];
    return validate.errors.map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}
