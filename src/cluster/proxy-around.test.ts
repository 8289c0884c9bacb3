import { expect, test } from "bun:test";
import { proxyAround } from "./proxy-around.ts";

test.each([
  ["https://k8s.example:6443", { HTTPS_PROXY: "http://p:1" }, "http://p:1"],
  ["https://k8s.example:6443", { https_proxy: "http://p:2", HTTPS_PROXY: "http://p:1" }, "http://p:2"],
  ["https://k8s.example:6443", { HTTP_PROXY: "http://p:1" }, undefined],
  ["http://k8s.example", { HTTP_PROXY: "http://p:1" }, "http://p:1"],
  ["https://k8s.example:6443", { HTTPS_PROXY: "http://p:1", NO_PROXY: "other, .example" }, undefined],
  ["https://10.0.0.1", { HTTPS_PROXY: "http://p:1", no_proxy: "10.0.0.0/8" }, undefined],
  ["https://k8s.example:6443", {}, undefined],
])("proxyAround(%s, %o) is %p", (server, environment, proxy) => {
  expect(proxyAround(server, environment)).toBe(proxy);
});
