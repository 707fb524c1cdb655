import { describe, expect, test } from "vitest";
import { loadApiConfig } from "../src/config.ts";
import { createAdminPassword, isAdmin } from "../src/operations/admin-credentials.ts";

const { password, sha256 } = createAdminPassword();

describe("the admin", () => {
  const admin = { user: "öps", passwordSha256: Buffer.from(sha256, "hex") };

  test("is who has both the user's name and the password", () => {
    expect(isAdmin(admin, "öps", password)).toBe(true);
    expect(isAdmin(admin, "öps", `${password}x`)).toBe(false);
    expect(isAdmin(admin, "ops", password)).toBe(false);
    expect(isAdmin(admin, "", "")).toBe(false);
    expect(isAdmin(admin, "öps", sha256)).toBe(false);
  });

  test("has another password each time that one is made", () => {
    expect(createAdminPassword().password).not.toBe(password);
  });
});

describe("the start", () => {
  test("takes both variables or neither", () => {
    expect(loadApiConfig({})).toMatchObject({ adminUser: "", adminPasswordSha256: null });
    const config = loadApiConfig({ ADMIN_USER: "ops", ADMIN_PASSWORD_SHA256: sha256.toUpperCase() });
    expect(config).toMatchObject({ adminUser: "ops", adminPasswordSha256: Buffer.from(sha256, "hex") });
  });

  test("is refused with one of them alone, which is named", () => {
    expect(() => loadApiConfig({ ADMIN_USER: "ops" })).toThrow(
      "ADMIN_USER is set without ADMIN_PASSWORD_SHA256; Bull Board needs both, or neither",
    );
    expect(() => loadApiConfig({ ADMIN_PASSWORD_SHA256: sha256 })).toThrow(
      "ADMIN_PASSWORD_SHA256 is set without ADMIN_USER; Bull Board needs both, or neither",
    );
  });

  test.each([password, sha256.slice(1), `${sha256}0`, sha256.replace(/.$/, "g"), `${sha256}\n`])(
    "is refused with what is no SHA-256, which may be the password and is not told",
    (wrong) => {
      const load = () => loadApiConfig({ ADMIN_USER: "ops", ADMIN_PASSWORD_SHA256: wrong });
      expect(load).toThrow(/^ADMIN_PASSWORD_SHA256 is not the 64 hexadecimal digits of a SHA-256/);
      expect(load).not.toThrow(wrong);
    },
  );

  test("is refused with the SHA-256 of an empty password", () => {
    const ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(() => loadApiConfig({ ADMIN_USER: "ops", ADMIN_PASSWORD_SHA256: ofNothing })).toThrow(
      "ADMIN_PASSWORD_SHA256 is the SHA-256 of an empty password",
    );
  });

  test.each(["o:ps", "o\nps", "o\u007fps", "x".repeat(65)])(
    "is refused with a user whom no client can name: %j",
    (user) => {
      expect(() => loadApiConfig({ ADMIN_USER: user, ADMIN_PASSWORD_SHA256: sha256 })).toThrow(
        "ADMIN_USER holds a colon, a control character or more than 64 characters",
      );
    },
  );
});
