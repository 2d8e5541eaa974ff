//! Signing in with the configuration's token.

use axum::response::Html;
use maud::html;

use super::shell::bare;

/// The page that asks for the token, once more where it was `wrong`.
pub(crate) fn login_page(wrong: bool) -> Html<String> {
    let body = html! {
        section.login {
            h1 { "Sign in" }
            p { "This server asks for the token of its configuration." }
            form method="post" action="/login" {
                label for="token" { "Token" }
                input id="token" name="token" type="password" autocomplete="current-password" required autofocus
                    aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("wrong")];
                @if wrong { p.wrong id="wrong" role="alert" { "This is not the token. Please try again." } }
                button type="submit" { "Sign in" }
            }
        }
    };
    Html(bare("Sign in", false, &body).into_string())
}
