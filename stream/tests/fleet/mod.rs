//! Toy rows and processors whose outputs lie elsewhere than their inputs: boats land what they hauled, by species, and
//! markets pay for what was landed anywhere.

use serde::{Deserialize, Serialize};
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

macro_rules! toy {
    ($name:ident in $table:literal by $($part:ident),+; $($field:ident: $type:ty),*) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub(crate) struct $name { $(pub(crate) $part: String,)+ $(pub(crate) $field: $type,)* }

        impl Row for $name {
            const TABLE: &'static str = $table;
            const PLACE: usize = 1;

            fn key(&self) -> Key {
                Key::of([$(&self.$part),+])
            }
        }
    };
}

toy!(Haul in "hauls" by harbour, boat, id; species: String, weight: u64);
toy!(Season in "seasons" by name; factor: u64);
toy!(Landing in "landings" by species, harbour, boat; weight: u64);
toy!(Price in "prices" by species; price: u64);
toy!(Market in "markets" by species; paid: u64, boats: u64);

pub(crate) fn processors() -> Vec<Box<dyn Processor>> {
    vec![Box::new(Landings), Box::new(Markets)]
}

/// Weighs what each boat hauled of each species.
struct Landings;

impl Processor for Landings {
    fn spec(&self) -> Spec {
        Spec {
            name: "landings",
            version: 1,
            group_parts: 2,
            inputs: &[Haul::TABLE],
            globals: &[Season::TABLE],
            outputs: &[Landing::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let factor: u64 = tables.global::<Season>().values().map(|season| season.factor).product();
        let mut landings: Vec<Landing> = Vec::new();
        for Haul { harbour, boat, species, weight, .. } in tables.scan::<Haul>(group) {
            match landings.iter_mut().find(|landing| landing.species == species) {
                Some(landing) => landing.weight += weight * factor,
                None => landings.push(Landing { species, harbour, boat, weight: weight * factor }),
            }
        }
        landings.iter().for_each(|landing| out.push(landing));
    }
}

/// Pays for what was landed.
struct Markets;

impl Processor for Markets {
    fn spec(&self) -> Spec {
        Spec {
            name: "markets",
            version: 1,
            group_parts: 1,
            inputs: &[Landing::TABLE, Price::TABLE],
            globals: &[],
            outputs: &[Market::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let landings = tables.scan::<Landing>(group);
        let Some(first) = landings.first() else { return };
        let price = tables.get::<Price>(group).map_or(1, |price| price.price);
        let paid = landings.iter().map(|landing| landing.weight * price).sum();
        out.push(&Market { species: first.species.clone(), paid, boats: landings.len() as u64 });
    }
}
