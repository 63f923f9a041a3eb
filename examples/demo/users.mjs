/** The users of the demo: passwords are kept as salted scrypt hashes and compared in constant time. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const hash = promisify(scrypt);

async function createUser(id, email, password, role) {
  const salt = randomBytes(16);
  return { id, email, role, salt, hash: await hash(password, salt, 64) };
}

const ada = await createUser("user_42", "ada@shop.example", "correct horse", "admin");
// Looked up where the e-mail is unknown, so that both cases take as long.
const nobody = await createUser("nobody", "", randomBytes(16).toString("hex"), "none");

/** The user, or undefined for a wrong e-mail or password. */
export async function checkPassword(email, password) {
  const user = email === ada.email ? ada : nobody;
  const matches = timingSafeEqual(await hash(String(password), user.salt, 64), user.hash);
  return matches && user === ada ? user : undefined;
}

export function userById(id) {
  return id === ada.id ? ada : undefined;
}
