//! A CA of the deployment's own and the certificate of its listener.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};

use super::site::write_private;

/// The CA's certificate.
pub const CA: &str = "tls-ca.pem";
/// The listener's certificate.
pub const CERTIFICATE: &str = "tls-chain.pem";
/// The listener's key.
pub const KEY: &str = "tls-key.pem";

/// Makes them unless they are there: whoever imported the CA keeps it.
///
/// # Errors
/// If a file cannot be written.
pub fn write_once(directory: &Path, lan: Option<IpAddr>) -> anyhow::Result<()> {
    if directory.join(KEY).exists() {
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
    write_private(&directory.join(KEY), &key)
}

fn listener(ca: &Issuer<'_, KeyPair>, lan: Option<IpAddr>) -> anyhow::Result<(String, String)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let addresses = std::iter::once(loopback).chain(lan);
    params
        .subject_alt_names
        .extend(addresses.map(SanType::IpAddress));
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, ca)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
