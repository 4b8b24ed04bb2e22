// Keeps the page's files in the browser, so that it opens without a connection. What the server still gives
// is newer and goes first; nothing but files of this folder is ever asked for or kept.

const SCOPE = new URL(self.registration.scope);
const CACHE = `twinlens-export ${SCOPE.pathname}`;
const NEEDED = /^(index\.html|worker\.js|selftest\.json|selftest\/.*|web\/.*|.*\.onnx)$/;

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(SCOPE.href)) event.respondWith(serve(event.request));
});

async function keepAll() {
  const answer = await fetch(new URL("model.json", SCOPE));
  const { files } = await answer.json();
  const cache = await caches.open(CACHE);
  const names = ["", "model.json", ...Object.keys(files).filter((name) => NEEDED.test(name))];
  await cache.addAll(names.map((name) => new URL(name, SCOPE).href));
  await self.skipWaiting();
}

async function serve(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
