import { useEffect, useState } from "preact/hooks";
import type { Service } from "../api/service";
import { apiKey } from "../state/session";

interface Props {
  service: Service;
  digest: string;
  alt: string;
  class?: string;
}

/** A picture from the store. Where a key is needed it is fetched with it, for an <img> could not send it. */
export function Picture({ service, digest, alt, class: name }: Props) {
  const keyed = apiKey.value !== "";
  const [fetched, setFetched] = useState("");
  useEffect(() => {
    if (!keyed) return;
    const leaving = new AbortController();
    let url = "";
    void service.bytes(digest, leaving.signal).then(
      (blob) => setFetched((url = URL.createObjectURL(blob))),
      () => undefined, // the frame stays empty, and its text says what it would show
    );
    return () => {
      leaving.abort();
      URL.revokeObjectURL(url);
    };
  }, [digest, keyed]);
  const source = keyed ? fetched : `/v1/assets/${digest}`;
  return source ? <img class={name} src={source} alt={alt} decoding="async" draggable={false} /> : null;
}
