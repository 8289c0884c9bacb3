import { expect, test } from "bun:test";
import { isPastProxy } from "./is-past-proxy.ts";

test.each([
  ["https://git.example.com/a", "git.example.com"],
  ["https://git.example.com/a", "other.example, git.example.com"],
  ["https://git.example.com/a", "example.com"],
  ["https://git.example.com/a", ".example.com"],
  ["https://git.example.com/a", "*.example.com"],
  ["https://GIT.example.com./a", "git.EXAMPLE.com"],
  ["https://git.example.com/a", "git.example.com:443"],
  ["http://git.example.com/a", "git.example.com:80"],
  ["https://git.example.com:8443/a", "git.example.com:8443"],
  ["https://anything/a", "*"],
  ["https://10.1.2.3/a", "10.0.0.0/8"],
  ["https://10.1.2.3/a", "10.1.2.3"],
  ["https://10.1.2.3:8443/a", "10.1.2.3:8443"],
  ["https://[fd00::1]/a", "fd00::/8"],
  ["https://[fd00::1]:8443/a", "[fd00::1]:8443"],
])("%s is asked past the proxy by %s", (url, list) => expect(isPastProxy(url, list)).toBe(true));

test.each([
  ["https://git.example.com/a", ""],
  ["https://git.example.com/a", ","],
  ["https://example.com/a", ".example.com"],
  ["https://evilexample.com/a", "example.com"],
  ["https://example.com.evil/a", "example.com"],
  ["https://git.example.com:8443/a", "git.example.com:443"],
  ["https://11.1.2.3/a", "10.0.0.0/8"],
  ["https://10.1.2.3/a", "10.0.0.0/99"],
  ["https://10.1.2.30/a", "10.1.2.3"],
  ["https://git.example.com/a", "10.0.0.0/8"],
])("%s is not by %p", (url, list) => expect(isPastProxy(url, list)).toBe(false));
