import { csrf } from "./client";
import { Problem } from "./problem";

/**
 * send sends a file as the body of a change and tells how far it is. The browser's fetch does not tell, so this uses the
 * older way.
 */
export function send<T>(address: string, file: File, progress: (part: number) => void): Promise<T> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (csrf()) request.setRequestHeader("X-CSRF-Token", csrf());
    request.responseType = "json";
    request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    request.onerror = () => fail(new Problem(0, { detail: `${file.name} could not be sent.`, hint: "See whether the server still runs, and try again." }));
    request.onload = () =>
      request.status < 300 ? done(request.response as T) : fail(new Problem(request.status, (request.response as object | null) ?? {}));
    request.send(file);
  });
}
