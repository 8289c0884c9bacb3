/** Source of the expected signatures: AWS's published test suite of Signature Version 4. */
import { describe, expect, test } from "bun:test";
import { signedHeaders, type ToSign } from "./sign-v4.ts";

const CREDENTIALS = { id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const SESSION =
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
const ask: ToSign = {
  url: "https://example.amazonaws.com/",
  headers: {},
  body: "",
  service: "service",
  region: "us-east-1",
  nowMs: Date.parse("2015-08-30T12:36:00Z"),
};
const signatureOf = (more: Partial<ToSign>, session?: string): string | undefined =>
  signedHeaders(session === undefined ? CREDENTIALS : { ...CREDENTIALS, session }, { ...ask, ...more })[
    "Authorization"
  ];

describe("signedHeaders()", () => {
  test("post-vanilla", () => {
    expect(signatureOf({})).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    );
  });

  test("post-header-key-sort and post-header-value-case", () => {
    expect(signatureOf({ headers: { "My-Header1": "value1" } })).toEndWith(
      "SignedHeaders=host;my-header1;x-amz-date, Signature=c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    );
    expect(signatureOf({ headers: { "My-Header1": "VALUE1" } })).toEndWith(
      "Signature=cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    );
  });

  test("post-x-www-form-urlencoded", () => {
    expect(
      signatureOf({
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: "Param1=value1",
      }),
    ).toEndWith(
      "SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    );
  });

  test("post-sts-header-before: a session is signed, too, and sent", () => {
    expect(signatureOf({}, SESSION)).toEndWith(
      "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    );
    const sent = signedHeaders({ ...CREDENTIALS, session: SESSION }, ask);
    expect([sent["X-Amz-Security-Token"], sent["X-Amz-Date"]]).toEqual([SESSION, "20150830T123600Z"]);
  });
});
