/** The CSRF token, read when it is needed: it changes at every sign-in. */
export function csrfToken(): string {
  const name = document.documentElement.dataset["csrfCookie"] ?? "csrftoken";
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
