// A certificate authority of the test's own, and what it signs for 127.0.0.1, where the simulator looks for it.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes them in the home `folder`; gives the authority's file. */
export function certificates(folder) {
  const certs = join(folder, ".simulacrum", "certs");
  mkdirSync(certs, { recursive: true });
  const openssl = (...words) => execFileSync("openssl", words, { cwd: certs, stdio: ["ignore", "ignore", "pipe"] });
  openssl("req", "-x509", ...KEY, "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA");
  openssl("req", ...KEY, "-keyout", "localhost-key.pem", "-out", "request.pem", "-subj", "/CN=localhost");
  writeFileSync(join(certs, "names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  openssl("x509", "-req", "-in", "request.pem", "-out", "localhost.pem", ...signed);
  return join(certs, "ca.pem");
}
