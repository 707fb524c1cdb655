import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Instruction, parseDockerfile, parsePairs } from "./parse-dockerfile.ts";
import { standInFor } from "./stand-in.ts";

/** A stage of the Dockerfile: its files, and how they are run. */
export interface Image {
  /** The folder that is its `/`. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  /** Numeric, `user:group`. */
  user: string;
  stopSignal: NodeJS.Signals;
  command: string[];
  healthCheck: string[];
}

export interface BuildOptions {
  /** The repository. */
  context: string;
  /** A folder that is made for all stages; its owner removes it. */
  dir: string;
  /** Receives each instruction as it is begun. */
  onInstruction?: (line: string) => void;
}

const PATH_OF_IMAGES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const copyAll = (from: string, to: string) => cp(from, to, { recursive: true, verbatimSymlinks: true });

/** What an engine would be sent: the paths that .dockerignore, which ignores everything, takes back. */
const copyContext = async (repository: string, to: string) => {
  const ignore = await readFile(join(repository, ".dockerignore"), "utf8");
  for (const [, path] of ignore.matchAll(/^!(.+)$/gm))
    await copyAll(join(repository, path!), join(to, path!));
};

/** As COPY has it: a folder stands for what is in it. */
const copyInto = async (root: string, workdir: string, from: string, text: string) => {
  const words = text.split(/\s+/);
  const target = words.pop()!;
  const to = join(root, resolve(workdir, target));
  for (const source of words) {
    const path = join(from, source);
    const isInside = (await stat(path)).isFile() && /(^|\/)\.?$/.test(target);
    await copyAll(path, isInside ? join(to, basename(source)) : to);
  }
};

/** Packages may have to be fetched. */
const RUN_LIMIT_MS = 5 * 60_000;

/** An outer npm's settings come as variables, and would be the inner one's. */
const outerEnv = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$)/i.test(name)));

/**
 * Not in a root of its own, which would take the base image's programs: in the stage's folder, with what was installed
 * there first on PATH. Home and environment are the caller's, which know how packages are fetched and where they are kept.
 */
const runInside = async ({ root, workdir, env }: Image, text: string) => {
  const child = spawn("sh", ["-ec", text], {
    cwd: join(root, workdir),
    env: {
      ...outerEnv(),
      ...env,
      PATH: `${root}/usr/local/bin:/usr/bin:/bin`,
      npm_config_prefix: `${root}/usr/local`,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_LIMIT_MS,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`it ended with ${signal ?? code}:\n${output}`);
};

const readCommand = (text: string): string[] => {
  const words: unknown = JSON.parse(text);
  if (!Array.isArray(words)) throw new Error(`${text} would be run by a shell, and there is none`);
  return words;
};

const carryOut = async (
  { keyword, flags, text }: Instruction,
  image: Image,
  stages: Map<string, Image>,
  contextDir: string,
): Promise<void> => {
  switch (keyword) {
    case "COPY": {
      const from = flags["from"];
      if (from !== undefined && !stages.has(from)) throw new Error(`there is no stage ${from}`);
      return copyInto(image.root, image.workdir, from ? stages.get(from)!.root : contextDir, text);
    }
    case "RUN":
      return runInside(image, text);
    case "WORKDIR":
      image.workdir = resolve(image.workdir, text);
      await mkdir(join(image.root, image.workdir), { recursive: true });
      return;
    case "ENV":
      Object.assign(image.env, parsePairs(text));
      return;
    case "USER":
      image.user = text;
      return;
    case "STOPSIGNAL":
      image.stopSignal = text as NodeJS.Signals;
      return;
    case "CMD":
      image.command = readCommand(text);
      return;
    case "HEALTHCHECK":
      image.healthCheck = readCommand(text.replace(/^CMD\s+/, ""));
      return;
    case "EXPOSE":
    case "LABEL":
      return;
    default:
      throw new Error(`${keyword} is not known here`);
  }
};

/**
 * Carries out a Dockerfile without an engine: a folder for each stage, in which every command is really run.
 *
 * @throws on an instruction, a base image or a stage that is not known, and when a command fails
 */
export const buildImages = async (
  source: string,
  { context, dir, onInstruction = () => undefined }: BuildOptions,
): Promise<Map<string, Image>> => {
  const contextDir = join(dir, "context");
  await copyContext(context, contextDir);
  const stages = new Map<string, Image>();
  let image: Image | undefined;
  for (const instruction of parseDockerfile(source)) {
    const { line, keyword, flags, text } = instruction;
    onInstruction(
      [keyword, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`), text].join(" "),
    );
    try {
      if (keyword === "FROM") {
        const [, base, name] = /^(\S+) AS (\S+)$/.exec(text) ?? [];
        if (base === undefined || name === undefined) throw new Error("a stage without a name");
        const root = join(dir, name);
        const parent = stages.get(base);
        // Unlike `copyAll` it keeps hard links, of which a package manager makes many.
        if (parent) await promisify(execFile)("cp", ["-a", parent.root, root]);
        else {
          await mkdir(root);
          await standInFor(base, root);
        }
        image = {
          workdir: "/",
          user: "0:0",
          stopSignal: "SIGTERM",
          command: [],
          healthCheck: [],
          ...parent,
          env: { PATH: PATH_OF_IMAGES, ...parent?.env },
          root,
        };
        stages.set(name, image);
      } else if (image) await carryOut(instruction, image, stages, contextDir);
      else throw new Error("an instruction before the first FROM");
    } catch (error) {
      throw new Error(`line ${line} of the Dockerfile: ${(error as Error).message}`);
    }
  }
  return stages;
};
