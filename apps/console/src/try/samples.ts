import { type Draft, EMPTY } from "./draft.ts";

export interface Sample {
  name: string;
  draft: Draft;
}

const CITIES = `Saint Petersburg
Санкт-Петербург
Petersburg, Virginia
St. Petersburg, Florida
Sankt Pölten
Sankt Gallen
Peterborough
Pittsburgh
Bratislava (Pressburg)
Hamburg
Salzburg
Strasbourg
Johannesburg
São Paulo
Sankt-Peterburg
Leningrad
Petrograd
Kronstadt
Petrozavodsk
Pietermaritzburg
Santiago de Compostela
Saint-Étienne
北京
القاهرة`;

const COMPANIES = `Miller & Sons Ltd.
Sons & Miller, Limited
Müller und Söhne GmbH
Miller and Sons Limited
Miler & Sons Ltd
MILLER & SONS
The Miller Brothers Company
Mills & Son Ltd.
Tiller & Sons Ltd.
Miller Son & Partners LLP
Millner & Sands Inc.
Milton Sonnet Ltd.
Miller & Sons (Holdings) Ltd.
Smith & Sons Ltd.
J. Miller, Solicitors
Sonny Miller Limited
Miller's Bakery 🥐
Partners of Sons of Miller
Muller Sohn AG
Miller & Daughters Ltd.`;

/** Small enough to be understood at a glance, and with something that each metric sees differently. */
export const SAMPLES: readonly Sample[] = [
  { name: "City names", draft: { ...EMPTY, query: "Sankt Peterburg", text: CITIES } },
  {
    name: "Company names",
    draft: { ...EMPTY, query: "Miller & Sons Ltd", text: COMPANIES, metric: "token_sort_ratio" },
  },
];
