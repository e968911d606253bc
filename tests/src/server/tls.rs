//! A CA of the deployment's own and the certificate of its listener.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::site::write_private;

/// The CA's certificate.
pub const CA: &str = "tls-ca.pem";
/// The listener's certificate.
pub const CERTIFICATE: &str = "tls-chain.pem";
/// The listener's key.
pub const KEY: &str = "tls-key.pem";

/// Which address they are for, beside this machine's own.
const ADDRESS: &str = "tls-address";

/// How long phones take a listener's certificate for good: iOS allows 825 days.
const LIFE: Duration = Duration::from_hours(800 * 24);

/// Makes them unless they are there for this address: whoever imported the CA keeps it as long as that stays.
///
/// # Errors
/// If a file cannot be written.
pub fn write_once(directory: &Path, lan: Option<IpAddr>) -> anyhow::Result<()> {
    let address = lan.map_or_else(String::new, |address| address.to_string());
    let before = fs::read_to_string(directory.join(ADDRESS)).unwrap_or_default();
    if directory.join(KEY).exists() && before == address {
        return Ok(());
    }
    let key = KeyPair::generate()?;
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name
        .push(DnType::CommonName, "Kyso TLS CA (evaluation)");
    let ca = rcgen::CertifiedIssuer::self_signed(ca, key)?;
    let (certificate, key) = listener(&ca, lan)?;
    fs::write(directory.join(CA), ca.pem())?;
    fs::write(directory.join(CERTIFICATE), certificate)?;
    fs::write(directory.join(ADDRESS), address)?;
    write_private(&directory.join(KEY), &key)
}

/// SHA-256 of a certificate, as phones and browsers show it.
///
/// # Errors
/// If this is no certificate in PEM.
pub fn fingerprint(pem: &str) -> anyhow::Result<String> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let der = STANDARD.decode(lines.collect::<String>())?;
    let each = Sha256::digest(der).into_iter();
    let each: Vec<String> = each.map(|byte| format!("{byte:02X}")).collect();
    Ok(each.join(":"))
}

fn listener(ca: &Issuer<'_, KeyPair>, lan: Option<IpAddr>) -> anyhow::Result<(String, String)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let other = lan.filter(|address| *address != loopback);
    let addresses = std::iter::once(loopback).chain(other);
    params
        .subject_alt_names
        .extend(addresses.map(SanType::IpAddress));
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // A day before: a phone's clock may be behind.
    params.not_before = OffsetDateTime::now_utc() - Duration::from_hours(24);
    params.not_after = OffsetDateTime::now_utc() + LIFE;
    let certificate = params.signed_by(&key, ca)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
