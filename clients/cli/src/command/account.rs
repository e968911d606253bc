//! One's own account: log-in, log-out, enrolment, password.

use kyso_api::management::{ChangePassword, ConfirmEnrolment, EnrolmentReply};
use kyso_client::{Client, ClientError, Secret};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::args::{EnrolArgs, Global, LoginArgs, PasswordArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::profile::Place;
use crate::prompt::{ask, secret_file};
use crate::screen::Screen;

/// Logs in and keeps the token.
pub(crate) fn log_in(screen: &Screen, global: &Global, args: &LoginArgs) -> Result<(), Failure> {
    let place = Place::find(global)?;
    let mut client = Client::new(&place.options(screen.language()))?;
    let password = args.password.read(screen, Message::AskPassword)?;
    // Signers need no one-time password, so it is asked for only if the server wants one.
    let first = client.log_in(&args.login, password.clone(), args.otp.given()?);
    let reply = match first {
        Err(error) if error.code() == Some("otp_required") => {
            client.log_in(&args.login, password, Some(ask(screen, Message::AskOtp)?))?
        }
        other => other?,
    };
    place.remember(&args.login, &reply.access_token)?;
    screen.result(&reply.person, Message::LoggedIn, &[&reply.person.name]);
    Ok(())
}

/// Ends the session and forgets the token.
pub(crate) fn log_out(screen: &Screen, global: &Global) -> Result<(), Failure> {
    let place = Place::find(global)?;
    let ended = place.client(screen.language())?.log_out();
    // A server that is away must not keep the token on this machine.
    place.forget()?;
    match ended {
        Err(error) if !error.is_not_authenticated() => return Err(error.into()),
        _ => screen.result(&serde_json::json!({}), Message::LoggedOut, &[]),
    }
    Ok(())
}

/// Shows who is logged in.
pub(crate) fn whoami(screen: &Screen, client: &Client) -> Result<(), Failure> {
    screen.record(&client.me()?);
    Ok(())
}

/// Changes the password.
pub(crate) fn password(
    screen: &Screen,
    global: &Global,
    args: &PasswordArgs,
) -> Result<(), Failure> {
    let client = Place::find(global)?.client(screen.language())?;
    let old = match &args.old_password_file {
        Some(file) => secret_file(file)?,
        None => ask(screen, Message::AskPassword)?,
    };
    let new = args.password.read_new(screen)?;
    let otp = args.otp.read(screen)?;
    client.change_password(&ChangePassword { old, new, otp })?;
    screen.result(&serde_json::json!({}), Message::PasswordChanged, &[]);
    Ok(())
}

/// Takes an account over: code, authenticator, password.
pub(crate) fn enrol(screen: &Screen, global: &Global, args: &EnrolArgs) -> Result<(), Failure> {
    let client = Client::new(&Place::find(global)?.options(screen.language()))?;
    let code = match &args.code_file {
        Some(file) => secret_file(file)?,
        None => ask(screen, Message::AskCode)?,
    };
    let reply = client.start_enrolment(code)?;
    screen.note(
        Message::EnrolmentUri,
        &[&qr(&reply)?, reply.otpauth_uri.expose()],
    );
    let password = args.password.read_new(screen)?;
    confirm(screen, &client, args, &reply.enrolment_token, &password)?;
    screen.result(
        &serde_json::json!({ "login": reply.login }),
        Message::Enrolled,
        &[&reply.login],
    );
    Ok(())
}

/// A mistyped first code is asked for again: the secret is in the authenticator already.
fn confirm(
    screen: &Screen,
    client: &Client,
    args: &EnrolArgs,
    token: &Secret,
    password: &Secret,
) -> Result<(), Failure> {
    let given = args.otp.given()?;
    for _ in 0..3 {
        let otp = match &given {
            Some(otp) => otp.clone(),
            None => ask(screen, Message::AskOtp)?,
        };
        let confirmation = ConfirmEnrolment {
            enrolment_token: token.clone(),
            password: password.clone(),
            otp,
        };
        match client.confirm_enrolment(&confirmation) {
            Err(error) if given.is_none() && mistyped(&error) => {
                screen.note(Message::TryAgain, &[]);
            }
            other => return Ok(other?),
        }
    }
    Err(Failure::Local(Message::OtpNeverRight, vec![]))
}

fn mistyped(error: &ClientError) -> bool {
    error.code() == Some("otp_invalid")
}

/// Black on white whatever the terminal's own colours are: on a dark one the code would be its own
/// negative, which many scanners do not read. These two of the 256 colours are not for themes to change.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const OWN_COLOURS: &str = "\x1b[0m";

/// The QR code in half blocks, with the quiet zone that scanners need.
fn qr(reply: &EnrolmentReply) -> Result<String, Failure> {
    let code = QrCode::new(reply.otpauth_uri.expose().as_bytes())
        .map_err(|error| Failure::local(Message::NoQrCode, error))?;
    let image = code.render::<Dense1x2>().quiet_zone(true).build();
    let lines: Vec<String> = image
        .lines()
        .map(|line| format!("{BLACK_ON_WHITE}{line}{OWN_COLOURS}"))
        .collect();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_qr_code_is_square_and_not_empty() {
        let reply = EnrolmentReply {
            enrolment_token: Secret::new("t"),
            otpauth_uri: Secret::new("otpauth://totp/Kyso:a?secret=GEZDGNBVGY3TQOJQ&issuer=Kyso"),
            qr_svg: Secret::new(""),
            login: "a".into(),
        };
        let text = qr(&reply).unwrap();
        let image = |line: &str| {
            let line = line.strip_prefix(BLACK_ON_WHITE).unwrap();
            line.strip_suffix(OWN_COLOURS).unwrap().chars().count()
        };
        let lines: Vec<usize> = text.lines().map(image).collect();
        assert!(lines.iter().all(|width| *width == lines[0]));
        assert!(
            lines.len().abs_diff(lines[0] / 2) <= 1,
            "{} {}",
            lines.len(),
            lines[0]
        );
    }
}
