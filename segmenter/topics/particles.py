"""Words that name nothing: particles, pronouns, auxiliaries, verbs of saying, numbers, days.

Short sets for Arabic, English and French, curated for news; for other languages the commonest words of `language` and
what the embedding finds in nearly every text. All are written as `form` writes a word, so that marks, hamza and case
make no difference.
"""

from __future__ import annotations

import re
from functools import cache

from ..characters import normalise_word
from ..language import common_words

COMMON = 1.7
"""A word whose vector is shorter stands in so many texts that it tells them apart no more.

By reading the words around it in eight languages: below are "also", "while" and "first" of each of them and few nouns
(state, year); above are mostly nouns.
"""

COMMON_NAME = 1.3
"""The same for a word with a capital, where not all nouns have one: countries come often too."""

_PRONOUNS = "ه ها هم هما هن ك كم نا ي ني".split()
_TAKE_PRONOUNS = (
    "من عن علي الي في لدي بين عند مع حول ضد نحو بعد قبل خلال امام تحت فوق دون وراء خلف منذ لاجل بسبب مثل غير كل بعض "
    "جميع معظم احد احدي نفس ذات كلا كلتا ان لكن لان كان ليس اذ حين وسط ضمن عبر تجاه ازاء جانب"
)
_ARABIC = (
    "او ام ثم بل لا لم لن ما ماذا لماذا هل اين متي كيف كم اي ايه ايا قد لقد سوف اذا اذن اما انما الا لو لولا حتي كي "
    "كما كلما بينما عندما حيث حيثما حين حينما بعدما قبلما منذ مذ رغم برغم بالرغم علما سيما لاسيما فضلا نظرا وفق وفقا "
    "طبقا حسب بحسب ايضا كذلك هكذا هنا هناك هنالك الان انذاك حينها عندئذ فقط جدا تماما نعم كلا سواء لدن لعل ليت مهما "
    "طالما هو هي هم هما هن انت انتم انا نحن هذا هذه هذان هذين هاتان هاتين هؤلاء ذلك تلك ذاك ذا اولئك الذي التي الذين "
    "اللذان اللذين اللتان اللتين اللاتي اللواتي اللائي من عبر سوي عدا خلا حاشا ابان اثناء اثر عقب بشان بفضل بدلا ازاء "
    "كانت كانوا يكون تكون يكونوا كنا كنت سيكون ستكون كان كانا وكان ليس ليست ليسوا اصبح اصبحت يصبح تصبح اضحي بات باتت "
    "ظل ظلت ظلوا مازال مازالت زال زالت يزال تزال ماتزال مايزال صار صارت يصير امسي عاد عادت يعود تعود كاد كادت يكاد "
    "قال قالت قالوا يقول تقول يقولون قائلا قائلة قائلين اضاف اضافت يضيف تضيف مضيفا مضيفة اضافوا اعلن اعلنت يعلن تعلن "
    "معلنا اعلنوا اكد اكدت يؤكد تؤكد مؤكدا مؤكدة اكدوا اوضح اوضحت يوضح توضح موضحا موضحة ذكر ذكرت يذكر تذكر افاد افادت "
    "يفيد تفيد اشار اشارت يشير تشير مشيرا مشيرة صرح صرحت يصرح نقل نقلت ينقل تنقل نقلا كشف كشفت يكشف تكشف بين بينت لفت "
    "لفتت لافتا تابع تابعت متابعا نفي نفت ينفي شدد شددت يشدد مشددا راي رات يري تري اعتبر اعتبرت يعتبر تعتبر معتبرا "
    "حذر حذرت دعا دعت يدعو تدعو داعيا طالب طالبت يطالب تطالب مطالبا اعرب اعربت معربا عبرت ابدي ابدت بدا بدات يبدا "
    "تبدا قام قامت يقوم تقوم شهد شهدت يشهد تشهد وصل وصلت يصل تصل جاء جاءت ياتي تاتي جري جرت يجري تجري تم تمت يتم تتم "
    "وقع وقعت يقع تقع شارك شاركت يشارك تشارك بلغ بلغت يبلغ تبلغ ادي ادت يؤدي تؤدي اطلق اطلقت قدم قدمت يقدم تقدم استمر "
    "استمرت واصل واصلت يواصل تواصل عقد عقدت حقق حققت يحقق تحقق سجل سجلت اظهر اظهرت يظهر تظهر اتهم اتهمت قرر قررت ادان "
    "ادانت نشر نشرت اجري اجرت وجه وجهت ضم ضمت يضم تضم زاد زادت يزيد تزيد زار زارت قاد قادت يقود عاش عاشت غادر غادرت "
    "نال نالت فاز فازت خاض خاضت حصل حصلت صدر صدرت اشاد اشادت لجا لجات لاحظ لقي لقيت لقوا مات ماتت ساد سادت عاني تعاني "
    "يعاني تخص يخص دفع ترك تركت يمكن تمكن يجب ينبغي يمكنه يمكنها وجود عدم يتعلق تتعلق متعلقة المتعلقة خاصة وخاصة "
    "خصوصا مثلا عادة ربما اساسا حاليا حوالي نحو قرابة اكثر اقل اكبر اصغر اهم افضل اول اولي الاول الاولي ثاني الثاني "
    "الثانية ثالث الثالث الثالثة رابع الرابع الرابعة خامس الخامس الخامسة السادس السادسة السابع الثامن التاسع العاشر "
    "اخر اخري الاخر الاخري اخرون اخرين الاخرين الاخيرة الاخير واحد واحدة الواحد احد اثنان اثنين اثنتين ثلاث ثلاثة "
    "اربع اربعة خمس خمسة ست ستة سبع سبعة ثمان ثمانية ثماني تسع تسعة عشر عشرة عشرون عشرين ثلاثون ثلاثين اربعين خمسين "
    "ستين سبعين ثمانين تسعين مئة مائة مئات الف الاف مئتي مليون ملايين مليونا مليونين مليار مليارا مليارات نصف ربع ثلث "
    "بالمئة بالمائة المئة المائة السبت الاحد الاثنين الاثنان الثلاثاء الاربعاء الخميس الجمعة يوم يوما اليوم امس غدا "
    "غد صباح مساء ايام شهر شهرا الشهر اشهر شهور سنة سنوات عام عاما العام اعوام اسبوع الاسبوع اسابيع ساعة ساعات الساعة "
    "دقيقة دقائق الماضي الماضية الجاري الجارية المقبل المقبلة الحالي الحالية القادم القادمة الاتي الاتية التالي "
    "التالية السابق السابقة سابقا لاحقا مؤخرا اخيرا يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر "
    "نوفمبر ديسمبر جانفي فيفري افريل ماي جوان جويلية اوت كانون شباط اذار نيسان ايار حزيران تموز اب ايلول تشرين شخص "
    "شخصا وكالة وكالات رويترز واس وا رقم عدد عددا العدد عددها نسبة بنسبة طريق مصدر مصادر بيان تصريح تصريحات المتحدث "
    "المذكورة المذكور وذلك وهو وهي كونه كونها مما عما فيما بما لما لمن ممن عمن بان لذا لذلك بذلك كذا وقت الوقت شيء "
    "اشياء امر الامر صورة بصورة شكل بشكل طرف اطار اطلاق باعتبار باعتباره باعتبارها ضرورة سبيل صدد مدي مجرد اعلاه "
    "ادناه يلي حضور بحضور مبينا منوها كبير كبيرة جديد جديدة عديدة عديد العديد مختلف مختلفة المختلفة كافة عامة الدكتور "
    "الدكتورة دكتور المهندس معالي سمو فضيلة سعادة الفي الفا موضوع سبب نتيجة مجموعة ناحية مجال السيد السيدة فلان "
    "الجديد الجديدة الكبير الكبيرة له لها لهم لهما لهن لك لكم لنا به بها بهم بهما بهن بك بكم بنا اعلي ادني اطول اقصي "
    "داخل خارج مقابل جراء شمالي جنوبي شرقي غربي عشرات العشرات المئات اثار اثارت يثير تثير توفي توفيت يزور تزور توصل "
    "توصلت يتوصل اصطدم اصطدمت احدث ابرز اسوا احسن اسرع اقوي بموجب ككيفية كيفية قرب السمو نظم نظمت ينظم تنظم "
    "المناسبة يحيي"
)
_CONJUNCTIONS, _PREPOSITIONS = "وف", "بلك"

_ENGLISH = (
    "a an the and or but nor so yet if then than that this these those there here which who whom whose what when "
    "where why how of in on at by for from with without within into onto to toward towards up down out off over under "
    "above below about across after against along among amid around as before behind beside besides between beyond "
    "despite during except inside like near outside per since through throughout till until unless upon via versus vs "
    "while whereas whether although though because however therefore thus hence meanwhile moreover furthermore also "
    "too very much more most many few fewer less least several some any all both each every either neither no none "
    "not only own same such other others another again ever never always often sometimes once twice just even still "
    "already almost nearly quite rather perhaps maybe else indeed instead together away back ago later soon now today "
    "yesterday tomorrow tonight i me my mine we us our ours you your yours he him his she her hers it its they them "
    "their theirs myself himself herself itself ourselves themselves yourself someone somebody anyone anybody "
    "everyone everything something anything nothing nobody one ones two three four five six seven eight nine ten "
    "eleven twelve dozen dozens hundred hundreds thousand thousands million millions billion billions trillion half "
    "third quarter first second fourth fifth last next previous former latter late early earlier recent latest new "
    "old big small large great good better best bad worse worst long short high higher highest low lower lowest able "
    "due likely possible available major main key full further top different various certain sure real whole entire "
    "total ahead am is are was were be been being have has had having do does did done doing can could will would "
    "shall should may might must ought need needs needed say says said saying tell tells told telling speak spoke "
    "speaking talk talked ask asks asked asking add adds added adding claim claims claimed announce announces "
    "announced report reports reported reportedly state stated describe described explain explained note noted insist "
    "insisted warn warns warned confirm confirms confirmed deny denied admit admitted suggest suggests suggested "
    "argue argued reveal reveals revealed believe believes believed think thinks thought know knows knew known see "
    "sees saw seen seem seems seemed look looks looked looking feel feels felt want wants wanted hope hopes hoped "
    "expect expects expected make makes made making take takes took taken taking get gets got getting give gives gave "
    "given giving go goes went gone going come comes came coming put puts keep keeps kept let lets begin begins began "
    "begun start starts started become becomes became happen happened show shows showed shown find finds found leave "
    "leaves left hold holds held bring brings brought use used uses using try tries tried help helps helped work "
    "works worked call calls called turn turned set sets run runs move moved follow follows followed include includes "
    "included including continue continues continued lead led meet met pay paid send sent face faces faced win wins "
    "won lose lost remain remains remained plan plans planned allow allowed cause caused provide provides provided "
    "agree agreed mean means meant appear appeared according year years month months week weeks day days hour hours "
    "minute minutes time times morning evening night monday tuesday wednesday thursday friday saturday sunday january "
    "february march april june july august september october november december jan feb mar apr jun jul aug sep sept "
    "oct nov dec mr mrs ms dr sir cent fell rose fall falls hit grew drew drove flew broke chose wrote sold bought "
    "built spent caught fought threw hid stood sat opened closed force forced admits issued change changes changed "
    "reduce reduced join joined stop stopped enough love dominate percent pm gmt way ways thing things lot lots bit "
    "part parts kind sort number numbers end place people man men woman women person case cases point fact well far "
    "right ap afp reuters bbc cnn spokesman spokeswoman spokesperson et al yes ok okay really simply clearly "
    "especially particularly currently recently finally nationally"
)
_FRENCH = (
    "le la les l un une des du de d au aux à a et ou où mais donc or ni car que qu qui quoi dont lequel laquelle "
    "lesquels lesquelles auquel duquel desquels ce c cet cette ces cela ça ceci celui celle ceux celles ci là en y "
    "dans par pour sur sous avec sans vers chez contre entre parmi depuis pendant durant avant après dès jusque jusqu "
    "jusqu'à lors lorsque lorsqu quand comme comment pourquoi si puis puisque puisqu quoique tandis alors afin ainsi "
    "aussi autant autour auprès malgré outre selon hors hormis voici voilà via près loin dessus dessous devant "
    "derrière dehors je j me m moi tu te t toi il elle on se s soi lui nous vous ils elles leur leurs eux mon ma mes "
    "ton ta tes son sa ses notre nos votre vos même mêmes autre autres tout toute tous toutes chaque chacun chacune "
    "quelque quelques plusieurs certain certaine certains certaines aucun aucune nul nulle tel telle tels telles quel "
    "quelle quels quelles plus moins très trop peu beaucoup assez tant encore toujours jamais déjà souvent parfois "
    "bientôt enfin ensuite ici ailleurs presque environ surtout notamment seulement également cependant toutefois "
    "néanmoins pourtant actuellement récemment finalement désormais aujourd'hui aujourd’hui hier demain maintenant "
    "bien mieux mal pas ne n rien non oui personne point est es suis sommes êtes sont être été étant était étaient "
    "sera seront serait seraient soit soient fut furent ai as avons avez ont avoir eu ayant avait avaient aura auront "
    "aurait auraient ait aient eut fait font faire faisait fera faut fallait doit doivent devait devrait devraient "
    "devoir peut peuvent pouvait pourrait pourraient pouvoir veut veulent voulait vouloir va vont aller allait vient "
    "viennent venir venu dit disent dire disait dis déclare déclaré déclarait affirme affirmé affirmait ajoute ajouté "
    "ajoutait annonce annoncé annonçait indique indiqué indiquait explique expliqué expliquait estime estimé estimait "
    "précise précisé souligne souligné rappelle rappelé assure assuré confie confié raconte raconté rapporte rapporté "
    "demande demandé répond répondu conclut poursuit poursuivi confirme confirmé évoque évoqué révèle révélé dénonce "
    "dénoncé reconnaît reconnu croit pense pensé sait savoir voit voir vu met mettre mis prend prendre pris donne "
    "donner donné trouve trouver trouvé tient tenir tenu passe passer passé reste rester resté devient devenir devenu "
    "semble permet permettre permis porte porter mène mener commence commencé commencer arrive arrivé appelle appelé "
    "continue continuer part partir parti sort sorti lance lancé lancer présente présenté reçu reçoit veux salué "
    "invité lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août "
    "septembre octobre novembre décembre an ans année années mois semaine semaines jour jours journée heure heures "
    "minute minutes matin soir nuit fois temps moment deux trois quatre cinq six sept huit neuf dix onze douze vingt "
    "trente quarante cinquante soixante cent cents mille million millions milliard milliards premier première "
    "premiers premières deuxième troisième second seconde dernier dernière derniers dernières prochain prochaine seul "
    "seule seuls nouveau nouvel nouvelle nouveaux nouvelles ancien ancienne grand grande grands grandes petit petite "
    "petits petites bon bonne bons gros haut haute long longue vrai propre mm mme mr monsieur madame chose choses "
    "façon manière cas côté partie sorte suite cause fin début lieu cadre titre compte niveau afp reuters ap gens "
    "homme femme hommes femmes quelqu aussitôt face grâce rapport travers lire voire quant sein issu issue mise "
    "pleine plein c'est"
)
ARTICLES = frozenset({"la", "l", "las", "los"})
"""Links that stand after another one only: président de la République."""

_LINKS = {
    "ar": "بن ابن بنت ال ابو ابي",
    "en": "of de al bin van von",
    "fr": "de du des d la l",
    "es": "de del la las los",
    "pt": "de do da dos das",
    "it": "di del della dei delle",
    "ca": "de del la d l",
}


def form(word: str) -> str:
    """How a word is written when its spelling is not to matter: no marks, one hamza, small letters."""
    return normalise_word(word).lower()


@cache
def particles(language: str) -> frozenset[str]:
    """The words of a language that name nothing, as `form` writes them; what is known for any other language."""
    if language == "ar":
        pronouns = {stem + pronoun for stem in _TAKE_PRONOUNS.split() for pronoun in ("", *_PRONOUNS)}
        return frozenset(map(form, (*_ARABIC.split(), *pronouns)))
    known = {"en": _ENGLISH, "fr": _FRENCH}.get(language, "")
    return frozenset(map(form, known.split())) | frozenset(map(form, common_words(language)))


@cache
def links(language: str) -> frozenset[str]:
    """What may stand inside a phrase but not at its edges: Bank of England, ministre de l'Intérieur, محمد بن سلمان."""
    return frozenset(map(form, _LINKS.get(language, "").split()))


@cache
def before_verbs(language: str) -> frozenset[str]:
    """Particles that a verb follows, or a second one of them: to, they; qui, se."""
    words = {
        "en": "to will would can could should may might must not he she it they we you i who cannot",
        "fr": "qui se s s' s’ ne n n' n’ il ils elle elles on nous vous je j' j’ y",
    }
    return frozenset(words.get(language, "").split())


def is_arabic_particle(word: str) -> bool:
    """Whether a word, as `form` writes it, is a particle, with up to three letters glued to it (وبأن, فلهذا)."""
    known = particles("ar")
    if word in known:
        return True
    rest = word[1:] if word[:1] and word[0] in _CONJUNCTIONS else word
    return rest in known or (len(rest) > 3 and rest[0] in _PREPOSITIONS and rest[1:] in known)


_ADVERB = re.compile(r"(?<!fami)(?<!ita)(?<!sici)(?<!assemb)(?<!supp)(?<!rep)(?<!anoma)(?<!mono)(?<!po)\w{3,}ly")


def is_english_adverb(word: str) -> bool:
    """Whether a word ends as adverbs do (slightly), but for the nouns that end so too (family, assembly)."""
    return _ADVERB.fullmatch(word) is not None
