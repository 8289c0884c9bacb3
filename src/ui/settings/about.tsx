/** Which daemon this is. */
import { AsCli } from "../components/as-cli.tsx";
import { Asked, useAsked } from "../components/asked.tsx";
import { Until } from "../components/time.tsx";
import { daemon } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";

interface Facts {
  version: Readonly<
    Record<"Version" | "BuildDate" | "Compiler" | "Platform" | "HelmVersion" | "KustomizeVersion", string>
  >;
  status: {
    commit: string;
    sandbox: { level: string; why: string };
    certificate?: { fingerprint: string; names: string[]; notAfter: string };
  };
}

export function About() {
  const answer = useAsked(async (signal): Promise<Facts> => {
    const [version, status] = await Promise.all([
      ask<Facts["version"]>("GET", "/api/version", { signal }),
      ask<Facts["status"]>("GET", "/api/holdfast/v1/status", { signal }),
    ]);
    return { version, status };
  }, []);
  return (
    <section aria-labelledby="about">
      <h2 id="about" class="small">
        About
      </h2>
      <dl>
        <dt>Daemon</dt>
        <dd>Holdfast {daemon.value.version}</dd>
        <Asked answer={answer} waiting="Asking the daemon">
          {({ version, status: { commit, sandbox, certificate } }) => (
            <>
              {commit !== "" && (
                <>
                  <dt>Commit</dt>
                  <dd class="mono">{commit}</dd>
                </>
              )}
              {version.BuildDate !== "" && (
                <>
                  <dt>Built</dt>
                  <dd>
                    <Until at={version.BuildDate} />
                  </dd>
                </>
              )}
              <dt>Runs on</dt>
              <dd>
                {version.Platform}, {version.Compiler}
              </dd>
              <dt>Answers like</dt>
              <dd>Argo CD {version.Version.replace(/\+.*/, "")}</dd>
              <dt>Helm, Kustomize</dt>
              <dd>
                {version.HelmVersion || "none found"}, {version.KustomizeVersion || "none found"}
              </dd>
              <dt>Renderers shut in by</dt>
              <dd>
                {sandbox.level}
                {sandbox.why !== "" && <span class="dim"> ({sandbox.why})</span>}
              </dd>
              {certificate !== undefined && (
                <>
                  <dt>Certificate</dt>
                  <dd>
                    <span class="mono">{certificate.fingerprint}</span>, for {certificate.names.join(", ")},
                    until <Until at={certificate.notAfter} />
                  </dd>
                </>
              )}
            </>
          )}
        </Asked>
        <dt>API</dt>
        <dd>
          <a href={hrefOf("/openapi.json")} target="_blank" rel="noreferrer">
            openapi.json
          </a>
        </dd>
        <dt>Help</dt>
        <dd>
          <a href={hrefOf("/help")}>the command line, and how to log in with it</a>
        </dd>
      </dl>
      <AsCli words={["status"]} />
    </section>
  );
}
