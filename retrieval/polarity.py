"""Small words on which a sentence turns, by language: negations, words that exclude each other, pronouns.

The tables are hand-made and short on purpose: what stands in them can flip a verdict, so a reader must be able
to check them. `a b / c d` means that a and b exclude c and d; `a | b | c` that each excludes all others.
Words are compared by their stems, so one form of each is enough.
"""

from functools import lru_cache

from corpus.analysis import tokens

NEGATIONS = {
    "en": "not no never nor neither none nobody nothing nowhere hardly barely",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts weder nirgends keineswegs",
    "es": "no nunca jamás nadie nada ninguno ninguna ningún tampoco ni",
    "fr": "ne pas jamais rien aucun aucune ni nul nulle",
    "it": "non mai nessuno nessuna niente nulla né",
    "pt": "não nunca jamais ninguém nada nenhum nenhuma nem",
    "ru": "не нет ни никогда никто ничего ничто нельзя никакой никакие нигде",
    "ar": "لا لم لن ليس ليست ليسوا",
    "zh": "不 没 沒 未 无 無",
}

# Words that deny what stands beside them, other than the negations.
DENIALS = {
    "en": "without few little lack fail refuse deny avoid prevent prohibit forbid unable unless except exclude rather"
    " instead stop absence absent impossible unlikely rarely seldom",
    "de": "ohne wenig wenige fehlen mangel verweigern leugnen verhindern verbieten außer selten unmöglich statt",
    "es": "sin pocos poco falta negar evitar prohibir excepto salvo imposible raramente",
    "fr": "sans peu manque nier éviter empêcher interdire sauf impossible rarement",
    "it": "senza poco pochi mancare negare evitare impedire vietare tranne impossibile",
    "pt": "sem pouco poucos falta negar evitar impedir proibir exceto impossível",
    "ru": "без мало отказаться отрицать запретить кроме невозможно редко вместо",
    "ar": "بدون دون غير عدم رفض منع",
    "zh": "非 否 禁 免",
}

AGENT_MARKERS = {
    "en": "by",
    "de": "von vom durch",
    "es": "por",
    "fr": "par",
    "it": "da dal",
    "pt": "por",
    "zh": "被 由",
}

# Words that may stand for a name that the text gave before.
PRONOUNS = {
    "en": "he she it they this these his her its their him them who which that",
    "de": "er sie es dieser diese dieses sein seine ihr ihre der die das",
    "es": "él ella ello ellos ellas este esta esto su sus que quien",
    "fr": "il elle ils elles ce cette ces son sa ses leur leurs qui que",
    "it": "egli ella esso essa essi lui lei loro questo questa suo sua che",
    "pt": "ele ela eles elas este esta isto seu sua que quem",
    "ru": "он она оно они этот эта это эти его её их который которая которые",
    "ar": "هو هي هم هذا هذه الذي التي",
}

FUNCTION_WORDS = {
    "en": "a an the of to in on at by for from with without as is are was were be been being am it its this that"
    " these those there and or but so if then than he she they we you i his her their our your my him them us me"
    " who which what when where whose whom while also such has have had do does did can could may might will would"
    " shall should must into onto over under up down out about after before between during through more most less"
    " least some any all each every both other only own same too very just one here please however therefore moreover",
    "de": "der die das des dem den ein eine einer eines einem einen und oder aber in im an am auf aus bei mit nach"
    " von vom vor zu zum zur für über unter durch ist sind war waren wird werden wurde wurden hat haben hatte als"
    " auch es er sie wir ihr sich dass wie sein seine nur noch so",
    "es": "el la los las un una unos unas y o pero en de del a al con por para sin sobre es son era fue fueron ser"
    " ha han se su sus que como más también lo le les este esta",
    "fr": "le la les l un une des du de d et ou mais en dans à au aux avec par pour sans sur est sont était fut"
    " être a ont se sa son ses que qui comme plus aussi ce cette il elle",
    "it": "il lo la i gli le un una e o ma in di del della a al con per da su è sono era fu che come più si",
    "pt": "o a os as um uma e ou mas em de do da no na com por para é são era foi que como mais se",
    "ru": "и в во на с со по к ко от до за из у о об для при что как это он она они был была было были а но или же",
    "ar": "في من إلى على عن مع أن إن كان كانت هو هي التي الذي و أو ثم قد هذا هذه",
    "zh": "的 了 在 是 和 与 與 于 於 为 為 之 而 及 或 也 一 个 個 这 這 那 有 他 她 它 们 們",
}

OPPOSITES = {
    "en": """with / without; first / last; most / least; more / less fewer; may might / must;
    same / different;
    up / down; many / few; all every each / some none; always / never sometimes rarely seldom;
    often / rarely seldom;
    before / after; until / since; earlier / later; early / late; above / below; over / under;
    inside / outside;
    allow permit / forbid prohibit prevent ban; require mandatory compulsory / optional; include / exclude;
    large big great / small little; larger bigger greater / smaller; largest biggest greatest / smallest;
    high / low; higher / lower; highest / lowest; long / short; longer / shorter; longest / shortest;
    old / young new; older / younger newer; oldest / youngest newest; fast quick / slow; faster / slower;
    strong / weak; stronger / weaker; good / bad; better / worse; best / worst; rich / poor;
    hot warm / cold cool;
    wet / dry; wide / narrow; heavy / light; deep / shallow; near close / far; full / empty; upper / lower;
    top / bottom;
    maximum / minimum; majority / minority;
    increase rise rose grow grew / decrease fall fell decline drop shrink;
    gain / lose lost loss; win won winner victory / lose lost loser defeat loss;
    begin began start / end stop finish;
    open / close; opened / closed; buy bought purchase / sell sold; import / export; add / remove;
    enable / disable;
    accept / reject refuse; approve / reject; arrive / depart leave left; enter / exit leave left;
    attack / defend;
    born birth / died death dead; alive / dead; live / die; build built / destroy demolish;
    create / destroy delete;
    true / false; legal / illegal; possible / impossible; able / unable; likely / unlikely; known / unknown;
    public / private; internal / external; positive / negative; male / female; man / woman; men / women;
    boy / girl;
    son / daughter; brother / sister; mother / father; husband / wife; uncle / aunt; king / queen;
    prince / princess;
    left / right; north / south; east / west; northern / southern; eastern / western; northeast / southwest;
    northwest / southeast; morning / evening; day / night; success succeed / failure fail; support / oppose;
    confirm / deny; ally / enemy; friend / enemy; ancestor / descendant; teacher / student; parent / child;
    past / future; winter / summer; spring / autumn; guilty / innocent; cause / prevent;
    exactly / approximately;
    second | minute | hour | day | week | month | year | decade | century;
    million | billion | trillion | thousand;
    mile | kilometre | km | metre | meter | foot | feet | inch | centimetre | cm | mm | yard;
    gram | kilogram | kg | pound | ton | tonne | ounce;
    dollar | euro | yen | sterling | rouble | rupee | yuan;
    celsius | fahrenheit; litre liter | gallon;
    monday | tuesday | wednesday | thursday | friday | saturday | sunday""",
    "de": """mit / ohne; erste ersten / letzte letzten; mehr / weniger; größte / kleinste; größer / kleiner;
    groß / klein; hoch / niedrig; höher / niedriger; höchste / niedrigste; alle jeder / einige keine;
    immer / nie selten;
    vor / nach; früher / später; früh / spät; über / unter; steigen stieg / sinken sank fallen fiel;
    zunehmen / abnehmen;
    gewinnen gewann / verlieren verlor; sieg / niederlage; beginnen begann / enden endete; alt / jung neu;
    erlauben / verbieten; nord / süd; norden / süden; osten / westen; nördlich / südlich; östlich / westlich;
    sohn / tochter; vater / mutter; bruder / schwester; links / rechts; innerhalb / außerhalb;
    maximal / minimal;
    sekunde | minute | stunde | tag | woche | monat | jahr | jahrhundert; million | milliarde;
    kilometer | meter | meile""",
    "es": """con / sin; primero primera / último última; más / menos; mayor / menor; grande / pequeño;
    alto / bajo;
    todos todo / algunos ninguno; siempre / nunca; antes / después; temprano / tarde; sobre / bajo;
    aumentar / disminuir;
    ganar / perder; victoria / derrota; comenzar empezar / terminar; abrir / cerrar; permitir / prohibir;
    viejo / joven;
    norte / sur; este / oeste; hijo / hija; padre / madre; hermano / hermana; izquierda / derecha;
    máximo / mínimo;
    segundo | minuto | hora | día | semana | mes | año | siglo; mil | millón millones;
    kilómetro | metro | milla""",
    "fr": """avec / sans; premier première / dernier dernière; plus / moins; grand / petit; haut / bas;
    tous toutes / certains;
    toujours / jamais; avant / après; tôt / tard; dessus / dessous; augmenter / diminuer baisser;
    gagner / perdre;
    victoire / défaite; commencer / finir terminer; ouvrir / fermer; permettre / interdire; vieux / jeune;
    nord / sud;
    est / ouest; fils / fille; père / mère; frère / sœur; gauche / droite; maximum / minimum;
    seconde | minute | heure | jour | semaine | mois | année an | siècle; mille | million | milliard;
    kilomètre | mètre""",
    "ru": """с / без; первый / последний; больше более / меньше менее; крупнейший / мельчайший;
    большой / маленький;
    высокий / низкий; все каждый / некоторые; всегда / никогда; до / после; раньше / позже;
    ранний / поздний; над / под;
    увеличить вырасти / уменьшить снизить; победа / поражение; выиграть / проиграть; начало / конец;
    открыть / закрыть;
    разрешить / запретить; старый / молодой новый; север / юг; восток / запад; северный / южный;
    восточный / западный;
    сын / дочь; отец / мать; брат / сестра; левый / правый; максимальный / минимальный; купить / продать;
    секунда | минута | час | день | неделя | месяц | год | век; тысяча | миллион | миллиард;
    километр | метр | миля""",
    "ar": """مع / بدون دون; أول الأول الأولى / آخر الأخير الأخيرة; أكثر / أقل; أكبر / أصغر; أعلى / أدنى;
    كبير / صغير;
    كل جميع / بعض; دائما / أبدا; قبل / بعد; فوق / تحت; زيادة / انخفاض; شمال / جنوب; شرق / غرب; ابن / ابنة;
    أب / أم;
    دقيقة | ساعة | يوم | أسبوع | شهر | سنة عام | قرن; ألف | مليون | مليار; كيلومتر | متر | ميل""",
    "zh": """前 / 后 後; 多 / 少; 大 / 小; 高 / 低; 上 / 下; 东 東 / 西; 南 / 北; 首 / 末; 增 / 减 減;
    胜 勝 / 败 敗; 男 / 女;
    内 內 / 外; 父 / 母; 买 買 / 卖 賣; 新 / 旧 舊; 秒 | 分 | 时 時 | 日 天 | 周 週 | 月 | 年; 千 | 万 萬 | 亿 億""",
}  # fmt: skip


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """The form by which words are compared: case, accents and endings gone."""
    return "".join(tokens(word, language)) or word.casefold()


@lru_cache
def negations(language: str) -> frozenset[str]:
    """Lower-case words; those of English for a language without a table."""
    return frozenset(NEGATIONS.get(language, NEGATIONS["en"]).split())


@lru_cache
def function_words(language: str) -> frozenset[str]:
    return frozenset(FUNCTION_WORDS.get(language, FUNCTION_WORDS["en"]).split())


@lru_cache
def denials(language: str) -> frozenset[str]:
    """Stems of the words that deny without being negations."""
    return frozenset(stem(word, language) for word in DENIALS.get(language, "").split())


@lru_cache
def agent_markers(language: str) -> frozenset[str]:
    """Stems of the words before the agent of a passive."""
    return frozenset(stem(word, language) for word in AGENT_MARKERS.get(language, "").split())


@lru_cache
def pronouns(language: str) -> frozenset[str]:
    """Stems of the words that may stand for a name."""
    return frozenset(stem(word, language) for word in PRONOUNS.get(language, "").split())


@lru_cache
def opposites(language: str) -> dict[str, frozenset[str]]:
    """Stem to the stems that exclude it; empty for a language without a table."""
    found: dict[str, set[str]] = {}
    for line in OPPOSITES.get(language, "").split(";"):
        sides = [
            {stem(word, language) for word in side.split()} for side in line.replace("|", "/").split("/")
        ]
        for side in sides:
            others = set().union(*sides) - side
            for word in side:
                found.setdefault(word, set()).update(others)
    return {word: frozenset(others - {word}) for word, others in found.items()}
