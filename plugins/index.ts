/** The built-in plugins: one import and one line each, sorted. A new one is a folder and a line here. */
import type { Decryptor, Notifier, Renderer } from "../src/plugin/contract.ts";
import sops from "./decryptors/sops/index.ts";
import alertmanager from "./notifiers/alertmanager/index.ts";
import discord from "./notifiers/discord/index.ts";
import email from "./notifiers/email/index.ts";
import github from "./notifiers/github/index.ts";
import googleChat from "./notifiers/google-chat/index.ts";
import opsgenie from "./notifiers/opsgenie/index.ts";
import pagerduty from "./notifiers/pagerduty/index.ts";
import slack from "./notifiers/slack/index.ts";
import teams from "./notifiers/teams/index.ts";
import telegram from "./notifiers/telegram/index.ts";
import webhook from "./notifiers/webhook/index.ts";
import helm from "./renderers/helm/index.ts";
import kustomize from "./renderers/kustomize/index.ts";
import raw from "./renderers/raw/index.ts";

export const builtInRenderers: readonly Renderer[] = [helm, kustomize, raw];
export const builtInDecryptors: readonly Decryptor[] = [sops];
export const builtInNotifiers: readonly Notifier[] = [
  alertmanager,
  discord,
  email,
  github,
  googleChat,
  opsgenie,
  pagerduty,
  slack,
  teams,
  telegram,
  webhook,
];
