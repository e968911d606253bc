//! Bundles taken apart and put together again, as a forger would.

use kyso_evidence::tiles::Tile;
use kyso_evidence::{Hash, leaf_hash, node_hash};
use sha2::{Digest as _, Sha256};

use crate::log::sign;

/// The parts of a bundle.
#[derive(Clone)]
pub(crate) struct Pack(pub(crate) Vec<(String, Vec<u8>)>);

impl Pack {
    pub(crate) fn open(mut bundle: &[u8]) -> Self {
        let mut parts = Vec::new();
        while bundle[0] != 0 {
            let (header, rest) = bundle.split_at(512);
            let text = |field: &[u8]| {
                let field = field.split(|&byte| byte == 0).next().unwrap();
                String::from_utf8(field.to_vec()).unwrap()
            };
            let size = usize::from_str_radix(&text(&header[124..136]), 8).unwrap();
            parts.push((text(&header[..100]), rest[..size].to_vec()));
            bundle = &rest[size.next_multiple_of(512)..];
        }
        assert_eq!(bundle, [0; 1024]);
        Self(parts)
    }

    pub(crate) fn close(&self) -> Vec<u8> {
        let mut bundle = Vec::new();
        for (name, content) in &self.0 {
            bundle.extend(header(name, content.len()));
            bundle.extend(content);
            bundle.resize(bundle.len().next_multiple_of(512), 0);
        }
        bundle.extend([0; 1024]);
        bundle
    }

    pub(crate) fn part(&mut self, name: &str) -> &mut Vec<u8> {
        let found = self.0.iter_mut().find(|(other, _)| other == name);
        &mut found.unwrap_or_else(|| panic!("no part {name}")).1
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.clone().part(name).clone()).unwrap()
    }

    /// Replaces the first such text, which must be there.
    pub(crate) fn replace(&mut self, name: &str, from: &str, to: &str) {
        let part = self.part(name);
        let found = part
            .windows(from.len())
            .position(|at| at == from.as_bytes());
        let at = found.unwrap_or_else(|| panic!("{name} has no {from}"));
        part.splice(at..at + from.len(), to.bytes());
    }

    /// Where that part stands.
    pub(crate) fn place(&self, name: &str) -> usize {
        self.0.iter().position(|(other, _)| other == name).unwrap()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.part(name);
        self.0.retain(|(other, _)| other != name);
    }

    /// The entries under a name.
    pub(crate) fn entries(&self, name: &str) -> Vec<Vec<u8>> {
        let mut rest = self.clone().part(name).clone();
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            entries.push(rest[2..2 + length].to_vec());
            rest.drain(..2 + length);
        }
        entries
    }

    pub(crate) fn put_entries(&mut self, name: &str, entries: &[Vec<u8>]) {
        let one = |entry: &Vec<u8>| {
            let length = u16::try_from(entry.len()).unwrap().to_be_bytes();
            [length.as_slice(), entry].concat()
        };
        *self.part(name) = entries.iter().flat_map(one).collect();
    }

    /// Makes the leaf tile of one of these fit what its entries are now.
    pub(crate) fn refit(&mut self, name: &str) {
        let leaves: Vec<Hash> = self
            .entries(name)
            .iter()
            .map(|entry| leaf_hash(entry))
            .collect();
        let first: u64 = name.strip_prefix("entries/").unwrap().parse().unwrap();
        let tile = self.tile(0, first / 256);
        let from = usize::try_from(first % 256).unwrap();
        for (leaf, cell) in leaves
            .iter()
            .zip(self.part(&tile)[from * 32..].chunks_mut(32))
        {
            cell.copy_from_slice(leaf);
        }
    }

    /// Makes the tile above fit what a full tile is now.
    pub(crate) fn climb(&mut self, level: u8, index: u64) {
        let tile = self.tile(level, index);
        let hashes: Vec<Hash> = self
            .part(&tile)
            .chunks(32)
            .map(|h| h.try_into().unwrap())
            .collect();
        let above = self.tile(level + 1, index / 256);
        let at = usize::try_from(index % 256).unwrap() * 32;
        self.part(&above)[at..at + 32].copy_from_slice(&root(&hashes));
    }

    fn tile(&self, level: u8, index: u64) -> String {
        let mut tiles = self
            .0
            .iter()
            .filter_map(|(name, _)| name.parse::<Tile>().ok());
        let found = tiles.find(|tile| (tile.level(), tile.index()) == (level, index));
        found.unwrap().to_string()
    }

    /// Lists and signs what the parts are now, with the key of that number: 8 is the exporter's.
    pub(crate) fn seal(&mut self, secret_number: u8) {
        self.seal_in_lists_of(4096, secret_number);
    }

    /// The same, with so many parts in a list.
    pub(crate) fn seal_in_lists_of(&mut self, most: usize, secret_number: u8) {
        self.0
            .retain(|(name, _)| !name.starts_with("parts/") && name != "manifest");
        let mut text = self.text("export");
        let mut sealed = Vec::new();
        for (number, parts) in self.0.chunks(most).enumerate() {
            let list: String = parts
                .iter()
                .map(|(name, content)| line(name, content))
                .collect();
            let name = format!("parts/{number}");
            text.push_str("part ");
            text.push_str(&line(&name, list.as_bytes()));
            sealed.extend_from_slice(parts);
            sealed.push((name, list.into_bytes()));
        }
        let key = crate::log::export_key(secret_number);
        let signature = [key.label().id().as_slice(), &sign(secret_number, &text)].concat();
        let coded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, signature);
        let manifest = format!("{text}\n— {} {coded}\n", key.label().name());
        sealed.push(("manifest".into(), manifest.into_bytes()));
        self.0 = sealed;
    }

    pub(crate) fn sealed(mut self) -> Vec<u8> {
        self.seal(8);
        self.close()
    }
}

fn line(name: &str, content: &[u8]) -> String {
    format!(
        "{} {} {name}\n",
        hex::encode(Sha256::digest(content)),
        content.len()
    )
}

fn root(hashes: &[Hash]) -> Hash {
    if let [one] = hashes {
        return *one;
    }
    let (left, right) = hashes.split_at(hashes.len() / 2);
    node_hash(&root(left), &root(right))
}

fn header(name: &str, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put =
        |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    put(329, "0000000");
    put(337, "0000000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}
