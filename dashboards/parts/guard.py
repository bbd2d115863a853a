"""Who may see the dashboard: whoever sits at this machine, or who signed in."""

from __future__ import annotations

import streamlit as st

from biasaudit.serving import is_this_machine, sign_in_is_set_up

__all__ = ["ask_to_sign_in"]


def ask_to_sign_in() -> None:
    """Stop the page unless it is served to this machine alone, or the visitor has signed in."""
    if is_this_machine(st.get_option("server.address") or ""):
        return
    secrets = st.secrets.to_dict() if st.secrets.load_if_toml_exists() else {}
    if not sign_in_is_set_up(secrets):
        st.error(
            "This dashboard is open to other machines and nobody is asked who they are. Start it with "
            "`biasaudit dashboard`, or set up sign-in."
        )
        st.stop()
    if not st.user.is_logged_in:
        st.title("Please sign in")
        st.markdown("This dashboard is not on your machine. Sign in to see it.")
        auth = secrets["auth"]
        named = [name for name, value in auth.items() if isinstance(value, dict) and value.get("client_id")]
        for name in named or [None]:
            st.button(f"Sign in{f' with {name}' if name else ''}", on_click=st.login, args=[name] if name else [])
        st.stop()
    st.sidebar.button("Sign out", on_click=st.logout)
