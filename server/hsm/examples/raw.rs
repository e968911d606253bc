//! Prints raw PKCS#11 signatures per second: `cargo run --release --example raw PROFILE SECONDS`.

use std::time::Duration;

use kyso_core::KeyAlgorithm;
use kyso_hsm_config::Profile;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which profile?")?;
    let seconds = arguments.next().ok_or("how many seconds?")?.parse()?;
    let profile = Profile::parse(&std::fs::read_to_string(path)?)?;
    let pin = profile.pin.load(None)?;
    let algorithms = [KeyAlgorithm::Rsa2048, KeyAlgorithm::P256];
    let window = Duration::from_secs(seconds);
    for row in kyso_hsm::bench(&profile, &pin, &algorithms, &[1, 2, 4], window)? {
        println!("{row}");
    }
    Ok(())
}
