import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Image } from "./build-images.ts";

export interface Container {
  /** Resolves with its exit code, or the signal that ended it, and what it wrote. */
  ended: Promise<{ how: number | NodeJS.Signals; output: string }>;
  /** Sends the image's stop signal to its first process, as an engine does. */
  stop: () => void;
  kill: () => void;
}

/**
 * In namespaces of its own the image becomes a root that nothing can be written to; then the command takes the place of
 * this shell, which is process 1, as the image's user and with no way to become another.
 */
const ENTER = `
mount --make-rprivate /
mount --bind "$root" "$root"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs env -i "$@"
`;

/** Whether this machine and user can run images this way. */
export const canRunImages = process.platform === "linux" && process.getuid?.() === 0;

/**
 * Runs a command of an image as a container would be run: read-only, without capabilities, with the image's environment and
 * the given one alone. The network is this machine's.
 */
export const runImage = (image: Image, command: string[], env: Record<string, string> = {}): Container => {
  const [uid, gid] = image.user.split(":");
  const variables = Object.entries({ ...image.env, ...env }).map(([name, value]) => `${name}=${value}`);
  // By its path, since the image's PATH leads elsewhere.
  const enter = [
    "/usr/bin/unshare",
    "--root",
    image.root,
    "--wd",
    image.workdir,
    "--setuid",
    uid!,
    "--setgid",
    gid!,
  ];
  const child = spawn(
    "unshare",
    [
      ...["--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", ENTER, "sh"],
      ...variables,
      ...enter,
      ...command,
    ],
    { env: { PATH: process.env["PATH"], root: image.root }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = once(child, "close").then(([code, signal]) => ({ how: signal ?? code, output }));
  const firstProcess = () =>
    Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ")[0]);
  return {
    ended,
    stop: () => process.kill(firstProcess(), image.stopSignal),
    kill: () => child.kill("SIGKILL"),
  };
};
