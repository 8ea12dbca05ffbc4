"""Where a typed client secret goes: the OS key store or a private file, never the profile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from osdu_auth.cli.console import note, say
from osdu_auth.errors import StoreUnavailable
from osdu_auth.input_text import value_in
from osdu_auth.key_store import write as write_key_store
from osdu_auth.places import state_directory
from osdu_auth.private_files import PrivateFolder
from osdu_auth.profiles.checks import check_client_secret
from osdu_auth.profiles.environment import variable_of
from osdu_auth.profiles.references import check_reference, is_reference
from osdu_auth.secret import Secret
from osdu_auth.stores.faults import in_our_words

if TYPE_CHECKING:
    from collections.abc import Mapping


def secret_or_reference(typed: Secret) -> Secret:
    """Return a client secret, or a reference to one, without what was pasted along with it.

    Raises:
        ConfigurationError: OA-C710: it begins as a reference and is none; OA-C749: it cannot be an
            app client's secret.
    """
    text = value_in(typed.reveal())
    return Secret(check_reference(text) if is_reference(text) else check_client_secret(text))


def require_secret_in_environment(settings: Mapping[str, str]) -> None:
    """Refuse what the variable of the client secret holds, if it cannot be one.

    Args:
        settings: what `init` is to write.

    Raises:
        ConfigurationError: OA-C749.
    """
    variable = variable_of("client_secret")
    if settings.get("client_secret") == f"env:{variable}" and variable in os.environ:
        check_client_secret(os.environ[variable], where=f"{variable}: ")


def reference_for(profile_name: str, typed: Secret) -> str:
    """Return the reference that a profile is to hold for what a person typed.

    Args:
        profile_name: whose secret it is; it becomes the name of the entry or the file.
        typed: a secret, which is put away, or already a reference.
    """
    if is_reference(typed.reveal()):
        return check_reference(typed.reveal())
    try:
        kept = write_key_store(profile_name, typed)
    except StoreUnavailable as reason:
        path = _write_private(profile_name, typed)
        note(f"No OS key store is usable, so the client secret lies in a private file: {path}")
        say(f"  {reason.what}")
        return f"file:{path}"
    say(f"  The client secret is in the OS key store ({kept.key_store}).")
    return f"keyring:{profile_name}"


def _write_private(profile_name: str, secret: Secret) -> str:
    folder = state_directory()
    name = f"{profile_name}.client-secret"
    with (
        in_our_words("The client secret cannot be kept", folder, writing=True),
        PrivateFolder(folder, make=True) as private,
    ):
        private.replace(name, secret.reveal().encode())
    return os.path.join(folder, name)
