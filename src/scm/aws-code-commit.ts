/**
 * Source: AWS's references of CodeCommit, the Resource Groups Tagging API and STS; which fields become what: Argo CD.
 * Who asks is the daemon, as its environment says (`remote/lent/aws/find-credentials.ts`), or the role that the generator names.
 */
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { assumeRole, findCredentials, type OpenAws } from "../remote/lent/aws/find-credentials.ts";
import { type AwsCredentials, signedHeaders } from "../remote/lent/aws/sign-v4.ts";
import type { Answer, Api } from "./api.ts";
import type { Fields } from "./fields.ts";
import { mapFew } from "./find-repositories.ts";
import type { Asking, Branch, FoundBefore, OpenRepositories } from "./provider.ts";
import { readList } from "./read-list.ts";

const CODE_COMMIT = "CodeCommit_20150413";
const TAGGING = "ResourceGroupsTaggingAPI_20170126";
const NEEDS =
  "codecommit:ListRepositories, GetRepository, GetBranch, ListBranches and GetFolder, and for tagFilters tag:GetResources";
const AT_ONCE = 4;
/** AWS takes other clocks to be right, within five minutes. */
const NO_MORE =
  /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|RequestExpired)/;
const NOT_ALLOWED =
  /^(?:AccessDenied|NotAuthorized|MissingAuthentication|IncompleteSignature|OptInRequired|EncryptionKeyAccessDenied)/;
const TOO_OFTEN = /^(?:Throttl|TooManyRequests|RequestLimitExceeded|SlowDown)/;

export const codeCommitRepositories: OpenRepositories = async (asking) => {
  const { fields } = asking;
  const region = regionOf(asking);
  const aws = await openAws(asking, region);
  const tagFilters = fields.maybeList("tagFilters") === undefined ? [] : fields.each("tagFilters");
  const code = (what: string, body: object, isAbsence?: (type: string) => boolean) =>
    aws.ask("codecommit", `${CODE_COMMIT}.${what}`, body, isAbsence);

  const names = async (): Promise<string[]> =>
    tagFilters.length === 0
      ? await aws.list(
          "codecommit",
          `${CODE_COMMIT}.ListRepositories`,
          {},
          {
            follows: "next",
            token: "nextToken",
            items: "repositories",
            item: (each) => each.text("repositoryName"),
          },
        )
      : await aws.list(
          "tagging",
          `${TAGGING}.GetResources`,
          { ResourceTypeFilters: ["codecommit:repository"], TagFilters: tagsWanted(tagFilters) },
          {
            follows: "maybe",
            token: "PaginationToken",
            items: "ResourceTagMappingList",
            item: (each) => nameIn(each),
          },
        );

  const detailsOf = async (name: string): Promise<FoundBefore & { clone: Fields }> => {
    const said = (await code("GetRepository", { repositoryName: name }))?.in("repositoryMetadata");
    if (said === undefined) throw aws.api.otherShape(`it knows nothing of ${name}`);
    const defaultBranch = said.maybeText("defaultBranch");
    return {
      organization: said.text("accountId"),
      repository: said.text("repositoryName"),
      repositoryId: said.text("repositoryId"),
      url: "",
      labels: [],
      ...(defaultBranch === undefined || defaultBranch === "" ? {} : { defaultBranch }),
      clone: said,
    };
  };

  return {
    async repositories(protocol) {
      const found = await mapFew(await names(), AT_ONCE, detailsOf);
      // Source: Argo CD leaves out those without a default branch, which are empty.
      return found
        .filter(({ defaultBranch }) => defaultBranch !== undefined)
        .map(({ clone, ...repository }) => ({
          ...repository,
          url: clone.text(protocol === "https" ? "cloneUrlHttp" : "cloneUrlSsh"),
        }));
    },
    async defaultBranch({ repository }, name) {
      return headOf(repository, name);
    },
    async branches({ repository }) {
      const all = await aws.list(
        "codecommit",
        `${CODE_COMMIT}.ListBranches`,
        { repositoryName: repository },
        { follows: "next", token: "nextToken", items: "branches", item: (each) => each.text("name") },
      );
      const heads = await mapFew(all, AT_ONCE, (name) => headOf(repository, name));
      // One that was deleted since.
      return heads.filter((head) => head !== undefined);
    },
    async hasPath({ repository }, { sha }, path) {
      const [, folder = "", name = path] = /^(?:(.*)\/)?([^/]+)$/.exec(path) ?? [];
      const said = await code(
        "GetFolder",
        { repositoryName: repository, folderPath: folder === "" ? "/" : folder, commitSpecifier: sha },
        (type) => type.startsWith("FolderDoesNotExist"),
      );
      return (
        said !== undefined &&
        ["files", "subFolders", "symbolicLinks", "subModules"].some((kind) =>
          (said.maybeList(kind) === undefined ? [] : said.each(kind)).some(
            (entry) => entry.text("relativePath") === name,
          ),
        )
      );
    },
  };

  async function headOf(repository: string, name: string): Promise<Branch | undefined> {
    const said = await code("GetBranch", { repositoryName: repository, branchName: name }, (type) =>
      type.startsWith("BranchDoesNotExist"),
    );
    return said === undefined ? undefined : { name, sha: said.in("branch").text("commitId") };
  }

  function nameIn(each: Fields): string {
    const name = /^arn:[^:]*:codecommit:[^:]*:[^:]*:(.+)$/.exec(each.text("ResourceARN"))?.[1];
    if (name === undefined) throw aws.api.otherShape("ResourceARN must be a repository's");
    return name;
  }
};

/** Values of one key are each enough, and all keys must hold; a key without a value stands for any. Source: Argo CD. */
function tagsWanted(tagFilters: readonly Fields[]): { Key: string; Values?: string[] }[] {
  const byKey = new Map<string, string[] | "any">();
  for (const filter of tagFilters) {
    const [key, value] = [filter.text("key"), filter.maybeText("value") ?? ""];
    const before = byKey.get(key) ?? [];
    byKey.set(key, value === "" || before === "any" ? "any" : [...before, value]);
  }
  return [...byKey].map(([Key, Values]) => (Values === "any" ? { Key } : { Key, Values }));
}

function regionOf({ fields, environment }: Asking): string {
  const region =
    fields.maybeText("region") || environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"] || "";
  // It becomes a part of the name of the server that gets signed requests.
  if (/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(region)) return region;
  throw fields.wrong(
    region === ""
      ? `${fields.at}.region is not said, and the daemon's environment has no AWS_REGION`
      : `${fields.at}.region must be a region of AWS, as eu-west-1 is, and is ${JSON.stringify(region)}`,
  );
}

type Service = "codecommit" | "tagging";

interface AwsList {
  /** `maybe`: pages are of what is looked through, and the last one may have nothing of what is looked for. */
  follows: "next" | "maybe";
  token: string;
  items: string;
  /** Elements that are texts come as `{ name }`. */
  item: (each: Fields) => string;
}

interface Aws {
  api: Api;
  /** @returns undefined where the error that it answers is an absence */
  ask(
    service: Service,
    target: string,
    body: object,
    isAbsence?: (type: string) => boolean,
  ): Promise<Fields | undefined>;
  /** A whole list, as `readList` has it. */
  list(service: Service, target: string, body: object, of: AwsList): Promise<string[]>;
}

async function openAws(asking: Asking, region: string): Promise<Aws> {
  const { fields, usual } = asking;
  const role = fields.maybeText("role") ?? "";
  if (role !== "" && !/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role))
    throw fields.wrong(`${fields.at}.role must be the ARN of a role of IAM`);
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const baseOf = (service: string): string =>
    usual === "" ? `https://${service}.${region}.${domain}` : `${usual}/${service}`;
  const openAs =
    (asker: string, turnedAway?: () => void) =>
    (...[base, cannot, needs, reach]: Parameters<OpenAws>): Api =>
      asking.open({
        provider: "AWS CodeCommit",
        about: role === "" ? region : `${region}, as ${role}`,
        cannot,
        needs,
        base,
        asker,
        statusOf,
        ...defined({ turnedAway, reach }),
      });
  const terms = { sts: baseOf("sts"), region };
  const kept = async (
    key: string,
    ask: () => ReturnType<typeof findCredentials>,
  ): Promise<AwsCredentials> => {
    const text = await asking.hourly.get(key, async () => {
      const { untilMs = 0, ...credentials } = await ask();
      return { token: JSON.stringify(credentials), untilMs };
    });
    return JSON.parse(text) as AwsCredentials;
  };
  const ours = `aws ${region}`;
  const theirs = `aws ${region} ${role}`;
  const own = (): Promise<AwsCredentials> => kept(ours, () => findCredentials(asking, openAs(ours), terms));
  const credentials =
    role === ""
      ? await own()
      : await kept(theirs, async () => assumeRole(asking, openAs(ours), terms, { role, as: await own() }));
  const forget = (): void => {
    asking.hourly.forget(ours);
    asking.hourly.forget(theirs);
  };
  const open = openAs(theirs, forget);
  const apis = {
    codecommit: open(baseOf("codecommit"), "list its repositories", NEEDS),
    tagging: open(baseOf("tagging"), "list its repositories by their tags", NEEDS),
  };

  async function ask(
    service: Service,
    target: string,
    body: object,
    isAbsence: (type: string) => boolean = () => false,
  ): Promise<Fields | undefined> {
    const api = apis[service];
    const url = `${api.terms.base}/`;
    const text = JSON.stringify(body);
    const headers = signedHeaders(credentials, {
      ...{ url, service, region, body: text, nowMs: asking.now() },
      headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target },
    });
    const answer = await api.send(url, text, headers, (said) => isAbsence(errorIn(said) ?? ""));
    if (answer === undefined) return undefined;
    try {
      return api.fields(JSON.parse(answer), "");
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw api.otherShape(`it is no JSON, or only a part of one (${messageOf(cause)})`);
    }
  }

  /** Pages with nothing in them and more to come are AWS's way with filters, and no end. */
  async function pageFrom(service: Service, target: string, body: object, of: AwsList, token: string) {
    for (let from = token; ; ) {
      const said = await ask(service, target, { ...body, ...(from === "" ? {} : { [of.token]: from }) });
      if (said === undefined) throw apis[service].otherShape("it is nothing");
      const next = said.maybeText(of.token) ?? "";
      const items = said.list(of.items);
      if (items.length > 0 || next === "" || next === from) return { items, next };
      from = next;
    }
  }

  return {
    api: apis.codecommit,
    ask,
    list: (service, target, body, of) => {
      const api = apis[service];
      const first = `${api.terms.base}/`;
      return readList(
        {
          get: async (url): Promise<Answer> => {
            const token = decodeURIComponent(new URL(url).hash.slice(1));
            return { url, headers: {}, is: "sent", body: await pageFrom(service, target, body, of, token) };
          },
          forget: () => undefined,
          fields: (value, at) => api.fields(value, at),
          failure: (...why) => api.failure(...why),
        },
        {
          first,
          page: ({ body: page }) => {
            const { items, next } = page as Awaited<ReturnType<typeof pageFrom>>;
            return {
              items: items.map((each) => (typeof each === "string" ? { name: each } : each)),
              then:
                next === ""
                  ? { is: "last" }
                  : { is: of.follows, url: `${first}#${encodeURIComponent(next)}` },
            };
          },
          item: of.item,
          key: (name) => name,
        },
      );
    },
  };
}

/** AWS answers nearly everything that is wrong with 400, and says what by a name. */
function statusOf(status: number, text: string): number {
  const type = status >= 400 && status < 500 ? (errorIn(text) ?? "") : "";
  if (TOO_OFTEN.test(type)) return 429;
  if (NO_MORE.test(type)) return 401;
  if (NOT_ALLOWED.test(type)) return 403;
  return type.startsWith("RepositoryDoesNotExist") ? 404 : status;
}

/** `AccessDeniedException`, by `__type` of JSON or `Code` of XML. */
function errorIn(text: string): string | undefined {
  try {
    const said: unknown = JSON.parse(text);
    const type = isMapping(said) ? said["__type"] : undefined;
    return typeof type === "string" ? type.slice(type.lastIndexOf("#") + 1) : undefined;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  }
}
