/** A master secret that is used nowhere else. */
export const MASTER_SECRET = `whsec_${Buffer.from("a master secret of tests only").toString("base64")}`;
