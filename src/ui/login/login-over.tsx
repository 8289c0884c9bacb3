/** A login that ended while somebody was at something: they sign in over it, and what they typed stays. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Login } from "./login.tsx";

export function LoginOver({ wasTried }: { wasTried: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // Escape closes nothing: below it nothing works.
    <dialog
      ref={dialog}
      class="login-over"
      aria-label="Your login has ended"
      onCancel={(event) => event.preventDefault()}
      onClose={() => dialog.current?.showModal()}
    >
      <p role="alert">Your login has ended. Sign in, and what you were at goes on.</p>
      <Login wasTried={wasTried} at="over" />
    </dialog>
  );
}
