import { useEffect, useState } from "preact/hooks";
import type { Service } from "../api/service";
import { apiKey } from "../state/session";

/** Where a tag finds an asset; where a key is needed, which a tag could not send, it is fetched first. */
export function useAddress(service: Service, digest: string): string {
  const keyed = apiKey.value !== "";
  const [fetched, setFetched] = useState("");
  useEffect(() => {
    if (!keyed) return;
    const leaving = new AbortController();
    let url = "";
    void service.bytes(digest, leaving.signal).then(
      (blob) => setFetched((url = URL.createObjectURL(blob))),
      () => undefined, // the place stays empty, and its text says what it would show
    );
    return () => {
      leaving.abort();
      URL.revokeObjectURL(url);
    };
  }, [digest, keyed]);
  return keyed ? fetched : `/v1/assets/${digest}`;
}

interface Props {
  service: Service;
  digest: string;
  alt: string;
  class?: string;
}

/** A picture from the store. */
export function Picture({ service, digest, alt, class: name }: Props) {
  const source = useAddress(service, digest);
  return source ? <img class={name} src={source} alt={alt} decoding="async" draggable={false} /> : null;
}
